with

uses as (select * from {{ ref('int_exposure__material_uses') }}),
sourcing as (select * from {{ ref('int_exposure__eu_sourcing') }}),
divisions as (select * from {{ ref('icio_sector_divisions') }}),

sector_codes as (
    select
        nace_division,
        string_agg(sector_code, ', ' order by sector_code) as sector_codes,
    from divisions
    group by nace_division
),

-- The country outside the EU with the largest printed share at any stage.
largest_suppliers as (
    select *
    from sourcing
    qualify
        row_number() over (
            partition by material
            order by share_low desc, share_high desc, stage desc, country_iso3
        ) = 1
),

final as (
    select
        uses.material,
        uses.nace_division,
        uses.nace_label,
        sector_codes.sector_codes,
        cast(uses.uses as integer) as uses,
        cast(uses.uses_without_share as integer) as uses_without_share,
        cast(uses.use_share_low as double) as use_share_low,
        cast(uses.use_share_high as double) as use_share_high,
        cast(uses.value_added_meur as double) as value_added_meur,
        {{ significant('uses.use_share_low * uses.value_added_meur') }}
            as value_added_using_low_meur,
        cast(uses.value_added_meur as double) as value_added_using_high_meur,
        case when largest_suppliers.share_low > 0 then largest_suppliers.country_iso3 end
            as largest_supplier_iso3,
        case when largest_suppliers.share_low > 0 then largest_suppliers.stage end
            as largest_supplier_stage,
        case
            when largest_suppliers.share_low > 0
                then cast(largest_suppliers.share_low as double)
        end as largest_supplier_share_low,
        case
            when largest_suppliers.share_low > 0
                then cast(largest_suppliers.share_high as double)
        end as largest_supplier_share_high,
        case
            when largest_suppliers.material is null then 'the study has no sourcing figures'
            when largest_suppliers.share_low = 0 then 'no supplier outside the EU is printed'
        end as sourcing_reason,
    from uses
    left join sector_codes
        on uses.nace_division = sector_codes.nace_division
    left join largest_suppliers
        on uses.material = largest_suppliers.material
)

select * from final
order by material, nace_division

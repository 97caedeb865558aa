with

imports as (select * from {{ source('landing', 'gacc_imports_monthly') }}),
exports as (select * from {{ source('landing', 'gacc_exports_monthly') }}),

unioned as (
    select
        'gacc_imports_monthly' as source_id,
        'import' as flow,
        *,
    from imports
    union all by name
    select
        'gacc_exports_monthly' as source_id,
        'export' as flow,
        *,
    from exports
),

renamed as (
    select
        * exclude (partner_code, value_usd, value_cny),
        'monthly' as frequency,
        'CHN' as reporter_source_code,
        partner_code as partner_source_code,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        left(commodity_code, 6) as product_code,
        case when value_usd is not null then 'USD' else 'CNY' end as currency,
        coalesce(value_usd, value_cny) as value_in_currency,
        -- The quantity, or the supplementary one, where it is in kilograms.
        case
            when unit in ('Kilogram', '千克') then quantity
            when supplementary_unit in ('Kilogram', '千克') then supplementary_quantity
        end as net_mass_kg,
    from unioned
)

select * from renamed

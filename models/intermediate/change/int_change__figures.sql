with

concentration as (
    select * from {{ ref('int_trade__concentration') }}
),

breaks as (
    select * from {{ ref('int_change__breaks') }}
),

-- Changes are followed for the EU27, its members and some others, by year.
followed as (
    select
        *,
        {{ hs_edition('nomenclature') }} as hs_edition,
    from concentration
    where
        frequency = 'annual'
        and is_of_series
        and (
            is_eu_reporter
            or list_contains({{ sql_text_list(var('followed_importers')) }}, reporter_code)
        )
),

-- Figures of one segment are comparable with each other: one HS edition, no blocking break
-- between them.
break_counts as (
    select
        followed.cell_number,
        count(*) as break_count,
    from followed
    inner join breaks
        on
            followed.series_id = breaks.series_id
            and followed.product_code = breaks.product_code
            and followed.period >= breaks.break_period
    where breaks.is_blocking and breaks.break_kind <> 'edition_change'
    group by followed.cell_number
),

final as (
    select
        followed.cell_number,
        followed.reporter_code,
        followed.supplier_scope,
        followed.series_id,
        followed.source_id,
        followed.nomenclature,
        followed.product_code,
        followed.period,
        followed.hs_edition,
        followed.coverage,
        followed.top_supplier_iso3,
        followed.import_value,
        followed.import_value_eur,
        followed.net_mass_kg,
        followed.value_without_mass / followed.import_value as value_share_without_mass,
        followed.hhi_known as hhi_value,
        followed.hhi_mass_known as hhi_mass,
        followed.top_share as top_supplier_value_share,
        {{ least_coverage('followed.coverage') }} as least_coverage,
        coalesce(break_counts.break_count, 0) as break_count,
    from followed
    left join break_counts
        on followed.cell_number = break_counts.cell_number
)

select * from final

with

capacities as (
    select * exclude (line_number, vintage) from {{ ref('stg_exposure__site_capacities') }}
),

sites as (select * from {{ ref('stg_exposure__sites') }}),

-- A figure without a unit is comparable with none.
spans as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        unit,
        min(quantity) as smallest_quantity,
        max(quantity) as greatest_quantity,
        count(quantity) as figure_count,
    from capacities
    where unit is not null
    group by data_origin, graph_id, site_id, part_id, unit
),

final as (
    select
        capacities.*,
        sites.site_name,
        sites.firm,
        sites.country_code,
        spans.smallest_quantity,
        spans.greatest_quantity,
        cast(coalesce(spans.figure_count, 0) as integer) as figure_count,
        coalesce(spans.smallest_quantity < spans.greatest_quantity, false) as is_conflicting,
    from capacities
    left join sites
        using (data_origin, graph_id, site_id)
    left join spans
        on
            capacities.data_origin = spans.data_origin
            and capacities.graph_id = spans.graph_id
            and capacities.site_id = spans.site_id
            and capacities.part_id is not distinct from spans.part_id
            and capacities.unit = spans.unit
)

select * from final
order by data_origin, graph_id, site_id, part_id, unit, capacity_id

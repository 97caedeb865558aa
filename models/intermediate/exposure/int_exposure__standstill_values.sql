with

capacities as (select * from {{ ref('stg_exposure__site_capacities') }}),

-- Of one site the sources give a span.
site_values as (
    select
        data_origin,
        graph_id,
        part_id,
        site_id,
        min(quantity) as eur_per_day_low,
        max(quantity) as eur_per_day_high,
    from capacities
    where metric = 'value lost per day of standstill' and unit = 'EUR/day' and quantity >= 0
    group by data_origin, graph_id, part_id, site_id
),

-- At least one site stands still, at most all of them.
final as (
    select
        data_origin,
        graph_id,
        part_id,
        cast(min(eur_per_day_low) as double) as eur_per_day_low,
        cast(sum(eur_per_day_high) as double) as eur_per_day_high,
    from site_values
    where part_id is not null
    group by data_origin, graph_id, part_id
)

select * from final

-- One row per price series of a material: the latest period that had ended by the day, and the one
-- two years before, with both prices.
with

ended as (
    select
        *,
        if(
            frequency = 'annual',
            cast(period || '-12-31' as date),
            last_day(cast(period || '-01' as date))
        ) as period_end,
    from marts.fct_material_prices
    where material is not null and period_end < getvariable('as_of')
)

select
    latest.*,
    earlier.period as earlier_period,
    latest.price / nullif(earlier.price, 0) - 1 as price_change,
from ended as latest
left join ended as earlier
    on
        latest.source_id = earlier.source_id
        and latest.series = earlier.series
        and latest.frequency = earlier.frequency
        and last_day(latest.period_end - interval 2 year) = earlier.period_end
qualify
    row_number() over (
        partition by latest.source_id, latest.series order by latest.period desc
    ) = 1
order by latest.material, latest.source_id, latest.series;

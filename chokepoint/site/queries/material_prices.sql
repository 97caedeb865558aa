-- One row per price series of a material: the latest period that had ended by the day, and the one
-- two years before, with both prices.
with

known as (
    select
        *,
        case when length(period) = 4 then cast(period || '-12-31' as date)
            else last_day(cast(period || '-01' as date))
        end as period_end,
    from marts.fct_material_prices
    where material is not null
),

ended as (
    select *
    from known
    where period_end < cast(getvariable('as_of') as date)
),

latest as (
    select *
    from ended
    qualify row_number() over (partition by source_id, series order by period desc) = 1
)

select
    latest.material,
    latest.source_id,
    latest.name_in_list,
    latest.series,
    latest.unit,
    latest.period,
    latest.price,
    latest.price_text,
    earlier.period as earlier_period,
    latest.price / nullif(earlier.price, 0) - 1 as price_change,
from latest
left join ended as earlier
    on
        latest.source_id = earlier.source_id
        and latest.series = earlier.series
        and earlier.period = case
            when latest.frequency = 'annual'
                then cast(cast(latest.period as integer) - 2 as varchar)
            else strftime(latest.period_end - interval 2 year, '%Y-%m')
        end
order by latest.material, latest.source_id, latest.series;

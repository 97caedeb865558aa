{% set parts = 2 * (cover_draws() | int) %}
with

stock_use as (select * from {{ ref('int_exposure__stock_use') }}),
cover_cases as (select * from {{ ref('int_exposure__cover_cases') }}),
cover_arrivals as (select * from {{ ref('int_exposure__cover_arrivals') }}),

draws as (
    select
        position_number,
        daily_uses,
        unnest(range({{ cover_draws() }})) as draw,
    from stock_use
    where status = 'known'
),

places as (
    select
        *,
        (len(daily_uses) - 1) * (2 * draw + 1) as place,
    from draws
),

-- The quantile of the months at the midpoint of the draw, linear between neighbours.
use_draws as (
    select
        position_number,
        draw,
        daily_uses[1 + place // {{ parts }}]
        + (place % {{ parts }}) / cast({{ parts }} as double)
        * (
            daily_uses[least(len(daily_uses), 2 + place // {{ parts }})]
            - daily_uses[1 + place // {{ parts }}]
        ) as daily_use,
    from places
),

runs as (
    select
        cover_cases.*,
        cast(stock_use.quantity as decimal(38, 12)) as quantity,
        case
            when cover_cases.arrivals_case = 'licences_at_quantiles'
                then range({{ cover_draws() }})
            else [null]
        end as draws,
    from cover_cases
    inner join stock_use
        on cover_cases.position_number = stock_use.position_number
    where cover_cases.is_computed and stock_use.status = 'known'
),

-- Stock and arrivals, in each draw if licence times are drawn, else once for all draws.
supplies as (
    select
        run_number,
        position_number,
        quantity,
        unnest(draws) as draw,
        0 as order_number,
        0 as arrival_day,
    from runs
    union all
    select
        runs.run_number,
        runs.position_number,
        cover_arrivals.quantity,
        unnest(case when cover_arrivals.draw is null then runs.draws else [cover_arrivals.draw] end)
            as draw,
        cover_arrivals.order_number,
        cover_arrivals.arrival_day,
    from cover_arrivals
    inner join runs
        using (scenario_id, position_number, arrivals_case)
),

-- All that has come until the next arrival; after the last one there is none.
stretches as (
    select
        supplies.* exclude (quantity),
        sum(quantity) over arrivals as received,
        lead(arrival_day) over arrivals as next_arrival_day,
    from supplies
    window arrivals as (partition by run_number, draw order by arrival_day, order_number)
),

-- A daily use runs out in the first stretch that does not bear it.
bearable as (
    select
        run_number,
        position_number,
        draw,
        cast(received as double) as received,
        coalesce(cast(received as double) / next_arrival_day, -1) as bearable_use,
        min(cast(received as double) / next_arrival_day) over (
            partition by run_number, draw order by arrival_day, order_number
            rows between unbounded preceding and 1 preceding
        ) as least_bearable_use_before,
    from stretches
),

stock_outs as (
    select
        bearable.*,
        use_draws.daily_use,
    from bearable
    inner join use_draws
        on
            bearable.position_number = use_draws.position_number
            and bearable.bearable_use < use_draws.daily_use
    where bearable.draw is null
    union all
    select
        bearable.*,
        use_draws.daily_use,
    from bearable
    inner join use_draws
        on
            bearable.position_number = use_draws.position_number
            and bearable.draw = use_draws.draw
            and bearable.bearable_use < use_draws.daily_use
),

draw_cover as (
    select
        run_number,
        case when daily_use > 0 then received / daily_use else cast('inf' as double) end
            as days_of_cover,
    from stock_outs
    where least_bearable_use_before is null or least_bearable_use_before >= daily_use
),

summarised as (
    select
        run_number,
        quantile_disc(days_of_cover, [0.1, 0.5, 0.9]) as days_of_cover,
        count(*) filter (where isfinite(days_of_cover)) as draws_with_stock_out,
    from draw_cover
    group by run_number
),

final as (
    select
        run_number,
        {%- for level in ['p10', 'p50', 'p90'] %}
        case when isfinite(days_of_cover[{{ loop.index }}]) then days_of_cover[{{ loop.index }}] end
            as days_of_cover_{{ level }},
        {%- endfor %}
        draws_with_stock_out,
    from summarised
)

select * from final

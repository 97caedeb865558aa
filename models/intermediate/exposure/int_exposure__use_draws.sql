{% set parts = 2 * (cover_draws() | int) %}

with

stock_use as (
    select * from {{ ref('int_exposure__stock_use') }}
),

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
final as (
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
)

select * from final

with

imports as (
    select * from {{ ref('int_trade__imports') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }}
),

stated as (
    select distinct
        product_periods.period,
        product_periods.frequency,
        {{ first_day('product_periods.period') }} as period_from,
        {{ last_day_of('product_periods.period') }} + 1 as period_to,
    from product_periods
    semi join imports
        on product_periods.product_period_number = imports.product_period_number
),

final as (
    select
        period,
        frequency,
        period_from,
        period_to,
        period_to - period_from as period_days,
    from stated
)

select * from final

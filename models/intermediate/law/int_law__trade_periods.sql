with

imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),

stated as (
    select distinct
        period,
        frequency,
        {{ first_day('period') }} as period_from,
        {{ last_day_of('period') }} + 1 as period_to,
    from imports
),

final as (
    select
        stated.*,
        period_to - period_from as period_days,
    from stated
)

select * from final

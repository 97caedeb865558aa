with

monthly_flows as (select * from {{ ref('int_continuity__monthly_flows') }}),
press_figures as (select * from {{ ref('int_continuity__press_figures') }}),

registry as (
    {{ source_registry() }}
),

-- A span of the press says that its last month is over, though not what it had.
listed as (
    select
        source_id,
        flow,
        reporter_code,
        period,
        lists_all_partners,
        known_on,
    from monthly_flows
    union all by name
    select
        source_id,
        flow,
        reporter_code,
        last_period as period,
        false as lists_all_partners,
    from press_figures
    where code_match in ('exact', 'dominant')
),

delivered as (
    select
        source_id,
        flow,
        reporter_code,
        period,
        {{ first_day('period') }} as period_start,
        bool_and(lists_all_partners) as lists_all_partners,
        min(known_on) as known_on,
    from listed
    group by source_id, flow, reporter_code, period
),

spans as (
    select
        delivered.source_id,
        delivered.flow,
        delivered.reporter_code,
        min(delivered.period_start) as first_month,
        max(delivered.period_start) as last_month,
        -- Without a usual lag, the day on which the source counts as late: never too early.
        min(cast(coalesce(registry.publication_lag_days, registry.max_age_days) as integer))
            as publication_lag_days,
        min(registry.data_origin) as data_origin,
    from delivered
    inner join registry
        on delivered.source_id = registry.source_id
    group by delivered.source_id, delivered.flow, delivered.reporter_code
),

-- Every month from the first to the last one that the source delivered.
calendar as (
    select
        spans.*,
        strftime(unnested.month, '%Y-%m') as period,
        cast(unnested.month as date) as period_start,
        last_day(cast(unnested.month as date)) as period_end,
    from spans
    cross join unnest(generate_series(spans.first_month, spans.last_month, interval 1 month))
        as unnested (month)
),

final as (
    select
        calendar.* exclude (
            calendar.first_month, calendar.last_month, calendar.publication_lag_days
        ),
        coalesce(delivered.lists_all_partners, false) as lists_all_partners,
        case
            when delivered.known_on > calendar.period_end
                then
                    {{ knowable_from(
                        'delivered.known_on', 'calendar.period_end + calendar.publication_lag_days'
                    ) }}
            else calendar.period_end + calendar.publication_lag_days
        end as known_from,
    from calendar
    left join delivered
        using (source_id, flow, reporter_code, period)
)

select * from final

{{ config(materialized='table') }}

with

flows as (
    select * from {{ ref('int_trade__flows') }}
),

published_months as (
    select * from {{ ref('int_continuity__published_months') }}
),

registry as (
    {{ source_registry() }}
),

landed as (
    select
        source_id,
        flow,
        reporter_code,
        partner_code,
        nomenclature,
        product_code,
        period,
        bool_or(partner_kind = 'pseudo_partner') as is_unnamed,
        bool_and(coverage is null) as lists_all_partners,
        sum(value_eur) as value_eur,
        case when bool_and(net_mass_kg is not null) then sum(net_mass_kg) end as net_mass_kg,
        min(known_on) as known_on,
    from flows
    where frequency = 'monthly' and reporter_code <> partner_code
    group by all
),

-- Customs figures by month that only press and notices give: tonnes, for the partners they name.
published as (
    select
        source_id,
        flow,
        reporter_code,
        partner_code,
        nomenclature,
        product_code,
        period,
        false as is_unnamed,
        false as lists_all_partners,
        cast(null as decimal(28, 6)) as value_eur,
        net_mass_kg,
        cast(null as date) as known_on,
    from published_months
),

delivered as (
    select * from landed
    union all
    select * from published
),

months as (
    select
        source_id,
        flow,
        reporter_code,
        period,
        bool_and(lists_all_partners) as lists_all_partners,
        min(known_on) as known_on,
    from delivered
    group by source_id, flow, reporter_code, period
),

spans as (
    select
        months.source_id,
        months.flow,
        months.reporter_code,
        min({{ first_day('months.period') }}) as first_month,
        max({{ first_day('months.period') }}) as last_month,
        -- Without a usual lag, the day on which the source counts as late: never too early.
        min(cast(coalesce(registry.publication_lag_days, registry.max_age_days) as integer))
            as publication_lag_days,
        min(registry.data_origin) as data_origin,
    from months
    inner join registry
        on months.source_id = registry.source_id
    group by months.source_id, months.flow, months.reporter_code
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

-- Totals need a list of all partners; where one is published, it is a row of its own.
with_totals as (
    select * from delivered
    where not is_unnamed
    union all
    select
        source_id,
        flow,
        reporter_code,
        'WORLD' as partner_code,
        nomenclature,
        product_code,
        period,
        false as is_unnamed,
        true as lists_all_partners,
        sum(value_eur) as value_eur,
        case when bool_and(net_mass_kg is not null) then sum(net_mass_kg) end as net_mass_kg,
        min(known_on) as known_on,
    from delivered
    where lists_all_partners
    group by source_id, flow, reporter_code, nomenclature, product_code, period
),

-- Where trade of unnamed partners is hidden, a flow that is not listed may be among it.
unnamed as (
    select distinct
        source_id,
        flow,
        reporter_code,
        nomenclature,
        product_code,
        period,
    from delivered
    where is_unnamed
),

pairs as (
    select
        source_id,
        flow,
        reporter_code,
        partner_code,
        nomenclature,
        product_code,
        cast(
            row_number() over (
                order by
                    source_id, flow, reporter_code, partner_code, nomenclature, product_code
            ) as integer
        ) as series_number,
    from with_totals
    group by source_id, flow, reporter_code, partner_code, nomenclature, product_code
),

-- A flow that is not listed is zero where the source lists all flows of the month, else unknown.
-- A total below zero is a correction of other months, and says nothing about its own.
filled as (
    select
        pairs.*,
        calendar.period,
        calendar.data_origin,
        coalesce(with_totals.value_eur, with_totals.net_mass_kg) as stated_amount,
        with_totals.value_eur,
        with_totals.net_mass_kg,
        with_totals.period is null
        and coalesce(months.lists_all_partners, false)
        and unnamed.period is null as is_true_zero,
        calendar.period_start,
        calendar.period_end,
        calendar.period_end + calendar.publication_lag_days as usually_known_from,
        months.known_on,
    from pairs
    inner join calendar
        on
            pairs.source_id = calendar.source_id
            and pairs.flow = calendar.flow
            and pairs.reporter_code = calendar.reporter_code
    left join with_totals
        on
            pairs.source_id = with_totals.source_id
            and pairs.flow = with_totals.flow
            and pairs.reporter_code = with_totals.reporter_code
            and pairs.partner_code = with_totals.partner_code
            and pairs.nomenclature = with_totals.nomenclature
            and pairs.product_code = with_totals.product_code
            and calendar.period = with_totals.period
    left join months
        on
            pairs.source_id = months.source_id
            and pairs.flow = months.flow
            and pairs.reporter_code = months.reporter_code
            and calendar.period = months.period
    left join unnamed
        on
            pairs.source_id = unnamed.source_id
            and pairs.flow = unnamed.flow
            and pairs.reporter_code = unnamed.reporter_code
            and pairs.nomenclature = unnamed.nomenclature
            and pairs.product_code = unnamed.product_code
            and calendar.period = unnamed.period
),

marked as (
    select
        * exclude (stated_amount, usually_known_from, known_on),
        is_true_zero or stated_amount >= 0 as is_known,
        is_true_zero or stated_amount = 0 as is_zero,
        case
            when known_on > period_end
                then {{ knowable_from('known_on', 'usually_known_from') }}
            else usually_known_from
        end as known_from,
    from filled
),

counted as (
    select
        *,
        case when is_known then
            row_number() over (partition by series_number, is_known order by period_start)
        end as known_number,
    from marked
),

-- How many known months in a row had trade, up to each month that has it.
streaks as (
    select
        *,
        case
            when is_known and not is_zero
                then known_number - coalesce(max(known_number) filter (where is_zero) over up_to, 0)
        end as streak,
        max(period_end) filter (where is_known and not is_zero) over up_to as last_traded_on,
        max(period_end) filter (where is_known) over up_to as last_known_month_end,
    from counted
    window up_to as (
        partition by series_number order by period_start
        rows between unbounded preceding and current row
    )
),

final as (
    select
        series_number,
        source_id,
        flow,
        reporter_code,
        partner_code,
        nomenclature,
        product_code,
        period,
        data_origin,
        case when is_true_zero then 0 when is_known then value_eur end as value_eur,
        case when is_true_zero then 0 when is_known then net_mass_kg end as net_mass_kg,
        case
            when net_mass_kg >= {{ continuity('least_mass_kg') }} and value_eur > 0
                then cast(value_eur as double) / cast(net_mass_kg as double)
        end as unit_value_eur_per_kg,
        coalesce(is_known, false) as is_known,
        coalesce(
            is_zero
            and last_value(streak ignore nulls) over (
                partition by series_number order by period_start
                rows between unbounded preceding and current row
            ) >= {{ continuity('stop_months') }},
            false
        ) as is_stopped,
        period_start,
        period_end,
        last_traded_on,
        last_known_month_end,
        known_from,
    from streaks
)

select * from final

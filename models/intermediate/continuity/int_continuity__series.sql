with

monthly_flows as (select * from {{ ref('int_continuity__monthly_flows') }}),
months as (select * from {{ ref('int_continuity__months') }}),

named as (
    select * from monthly_flows
    where not is_unnamed
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
    from monthly_flows
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
                order by source_id, flow, reporter_code, partner_code, nomenclature, product_code
            ) as integer
        ) as series_number,
    from named
    group by source_id, flow, reporter_code, partner_code, nomenclature, product_code
),

-- A flow that is not listed is zero where the source lists all flows of the month, else unknown.
-- A total below zero is a correction of other months, and says nothing about its own.
filled as (
    select
        pairs.*,
        months.period,
        months.data_origin,
        named.value_eur,
        named.net_mass_kg,
        named.period is null and months.lists_all_partners and unnamed.period is null
            as is_true_zero,
        is_true_zero or coalesce(named.value_eur, named.net_mass_kg) >= 0 as is_known,
        is_true_zero or coalesce(named.value_eur, named.net_mass_kg) = 0 as is_zero,
        months.period_start,
        months.period_end,
        greatest(months.known_from, coalesce(named.known_from, months.known_from)) as known_from,
    from pairs
    inner join months
        using (source_id, flow, reporter_code)
    left join named
        using (source_id, flow, reporter_code, partner_code, nomenclature, product_code, period)
    left join unnamed
        using (source_id, flow, reporter_code, nomenclature, product_code, period)
),

counted as (
    select
        *,
        case when is_known then
            row_number() over (partition by series_number, is_known order by period_start)
        end as known_number,
    from filled
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

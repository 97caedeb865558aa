with

covered_intervals as (
    select * from {{ ref('int_law__covered_intervals') }}
),

periods as (
    select * from {{ ref('int_law__trade_periods') }}
),

-- Restrictions that apply: in force, or presumed to be (then only the upper value counts them).
clipped as (
    select
        covered_intervals.partner_code,
        covered_intervals.destination_class,
        covered_intervals.nomenclature,
        covered_intervals.product_code,
        periods.period,
        periods.period_days,
        covered_intervals.measure_id,
        covered_intervals.severity_weight,
        covered_intervals.share_low = 1 and covered_intervals.state = 'in_force' as is_sure,
        covered_intervals.valid_to is null or covered_intervals.valid_to >= periods.period_to
            as is_at_end,
        greatest(covered_intervals.valid_from, periods.period_from) as applies_from,
        least(coalesce(covered_intervals.valid_to, periods.period_to), periods.period_to)
            as applies_to,
    from covered_intervals
    inner join periods
        on
            covered_intervals.valid_from < periods.period_to
            and (
                covered_intervals.valid_to is null
                or covered_intervals.valid_to > periods.period_from
            )
    where
        covered_intervals.reading = 'base'
        and not covered_intervals.is_possible_only
        and covered_intervals.state in ('in_force', 'lapsed_presumed', 'unknown')
        and covered_intervals.severity_weight is not null
),

-- Clauses and users of one measure overlap: a day that an earlier row has counted is not counted
-- again.
counted as (
    select
        *,
        max(case when is_sure then applies_to end) over earlier as sure_until,
        max(applies_to) over earlier as possible_until,
    from clipped
    window earlier as (
        partition by
            partner_code, destination_class, nomenclature, product_code, period, measure_id
        order by applies_from, applies_to
        rows between unbounded preceding and 1 preceding
    )
),

by_measure as (
    select
        partner_code,
        destination_class,
        nomenclature,
        product_code,
        period,
        measure_id,
        any_value(severity_weight) as severity_weight,
        coalesce(bool_or(is_at_end) filter (where is_sure), false) as is_sure_at_end,
        bool_or(is_at_end) as is_possible_at_end,
        coalesce(
            sum(
                greatest(0, applies_to - greatest(applies_from, coalesce(sure_until, applies_from)))
            ) filter (where is_sure),
            0
        ) / any_value(period_days) as sure_part,
        sum(
            greatest(
                0, applies_to - greatest(applies_from, coalesce(possible_until, applies_from))
            )
        ) / any_value(period_days) as possible_part,
    from counted
    group by
        partner_code, destination_class, nomenclature, product_code, period, measure_id
),

final as (
    select
        partner_code,
        destination_class,
        nomenclature,
        product_code,
        period,
        count(*) filter (where is_sure_at_end) as measures_low,
        count(*) filter (where is_possible_at_end) as measures_high,
        max(sure_part) as part_of_period_low,
        max(possible_part) as part_of_period_high,
        coalesce(max(severity_weight) filter (where is_sure_at_end), 0) as severity_low,
        coalesce(max(severity_weight) filter (where is_possible_at_end), 0) as severity_high,
    from by_measure
    group by partner_code, destination_class, nomenclature, product_code, period
)

select * from final

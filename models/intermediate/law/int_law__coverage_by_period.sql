{{ config(materialized='table') }}

with

covered_intervals as (
    select * from {{ ref('int_law__covered_intervals') }}
),

periods as (
    select * from {{ ref('int_law__trade_periods') }}
),

-- The part of each interval that lies in a period of the trade at hand.
clipped as (
    select
        covered_intervals.partner_code,
        covered_intervals.destination_class,
        covered_intervals.nomenclature_family,
        covered_intervals.product_code,
        covered_intervals.reading,
        periods.period,
        periods.period_days,
        covered_intervals.measure_id,
        covered_intervals.state,
        covered_intervals.state_rank,
        covered_intervals.is_disputed,
        covered_intervals.share_low,
        covered_intervals.share_central,
        covered_intervals.share_high,
        greatest(covered_intervals.valid_from, periods.period_from) as valid_from,
        least(coalesce(covered_intervals.valid_to, periods.period_to), periods.period_to) as valid_to,
        periods.period_to,
    from covered_intervals
    inner join periods
        on
            covered_intervals.valid_from < periods.period_to
            and (covered_intervals.valid_to is null or periods.period_from < covered_intervals.valid_to)
),

-- Within a period the set of measures changes on these days only.
borders as (
    select
        partner_code,
        destination_class,
        nomenclature_family,
        product_code,
        reading,
        period,
        valid_from as border,
    from clipped
    union
    select
        partner_code,
        destination_class,
        nomenclature_family,
        product_code,
        reading,
        period,
        valid_to as border,
    from clipped
),

stretches as (
    select
        partner_code,
        destination_class,
        nomenclature_family,
        product_code,
        reading,
        period,
        border as stretch_from,
        lead(border) over (
            partition by
                partner_code, destination_class, nomenclature_family, product_code, reading, period
            order by border
        ) as stretch_to,
    from borders
),

covered as (
    select
        stretches.partner_code,
        stretches.destination_class,
        stretches.nomenclature_family,
        stretches.product_code,
        stretches.reading,
        stretches.period,
        clipped.period_days,
        stretches.stretch_from,
        stretches.stretch_to - stretches.stretch_from as stretch_days,
        clipped.measure_id,
        clipped.state,
        clipped.state_rank,
        clipped.share_low,
        clipped.share_central,
        clipped.share_high,
    from stretches
    inner join clipped
        on
            stretches.partner_code = clipped.partner_code
            and stretches.destination_class = clipped.destination_class
            and stretches.nomenclature_family = clipped.nomenclature_family
            and stretches.product_code = clipped.product_code
            and stretches.reading = clipped.reading
            and stretches.period = clipped.period
            and clipped.valid_from <= stretches.stretch_from
            and stretches.stretch_to <= clipped.valid_to
),

{{ union_of_measures('covered', [
    'partner_code', 'destination_class', 'nomenclature_family', 'product_code', 'reading',
    'period', 'period_days', 'stretch_from', 'stretch_days'
]) }},

disputed as (
    select
        partner_code,
        destination_class,
        nomenclature_family,
        product_code,
        reading,
        period,
        bool_or(is_disputed) as is_disputed,
        count(distinct measure_id) as measure_count,
        string_agg(distinct measure_id, '; ' order by measure_id) as measure_ids,
    from clipped
    group by all
),

in_states as (
    select
        partner_code,
        destination_class,
        nomenclature_family,
        product_code,
        reading,
        period,
        period_days,
        state,
        state_rank,
        sum(stretch_days) as state_days,
        sum(stretch_days * share_low) as share_days_low,
        case when bool_and(share_central is not null) then sum(stretch_days * share_central) end
            as share_days_central,
        sum(stretch_days * share_high) as share_days_high,
        sum(stretch_days * share_high_of_parts) as share_days_high_of_parts,
    from state_shares
    group by all
),

under_any as (
    select
        partner_code,
        destination_class,
        nomenclature_family,
        product_code,
        reading,
        period,
        period_days,
        'not_covered' as state,
        99 as state_rank,
        cast(null as bigint) as state_days,
        period_days - sum(stretch_days * share_high) as share_days_low,
        case
            when bool_and(share_central is not null)
                then period_days - sum(stretch_days * share_central)
        end as share_days_central,
        period_days - sum(stretch_days * share_low) as share_days_high,
        cast(null as decimal(38, 6)) as share_days_high_of_parts,
    from union_shares
    group by
        partner_code, destination_class, nomenclature_family, product_code, reading, period,
        period_days
),

unioned as (
    select * from in_states
    union all
    select * from under_any
),

-- A side of a dispute is kept where it differs from the base.
final as (
    select
        unioned.*,
        disputed.is_disputed,
        disputed.measure_count,
        disputed.measure_ids,
    from unioned
    inner join disputed
        on
            unioned.partner_code = disputed.partner_code
            and unioned.destination_class = disputed.destination_class
            and unioned.nomenclature_family = disputed.nomenclature_family
            and unioned.product_code = disputed.product_code
            and unioned.reading = disputed.reading
            and unioned.period = disputed.period
    where unioned.reading = 'base' or disputed.is_disputed
)

select * from final

with recursive

press_figures as (select * from {{ ref('int_continuity__press_figures') }}),

-- Pages round to the unit that they print: half of it may be off. Derived figures prove nothing.
stated as (
    select
        figure_id,
        item,
        destination,
        month_count,
        mass_t,
        if(printed_unit = 'kg', 0.0005, 0.5) as rounding_t,
        span_start,
        span_end,
    from press_figures
    where basis = 'stated'
),

spans as (
    select * from stated
    where month_count > 1
),

-- Every row of stated figures that follow each other from the first day of a span to its last.
chains as (
    select
        figure_id,
        item,
        destination,
        mass_t,
        0 as part_count,
        cast(0 as decimal(18, 6)) as parts_t,
        cast(rounding_t as double) as tolerance_t,
        span_start as next_day,
        span_end,
    from spans
    union all
    select
        chains.figure_id,
        chains.item,
        chains.destination,
        chains.mass_t,
        chains.part_count + 1 as part_count,
        cast(chains.parts_t + parts.mass_t as decimal(18, 6)) as parts_t,
        chains.tolerance_t + parts.rounding_t as tolerance_t,
        parts.span_end + 1 as next_day,
        chains.span_end,
    from chains
    inner join stated as parts
        on
            chains.item = parts.item
            and chains.destination = parts.destination
            and chains.next_day = parts.span_start
            and chains.span_end >= parts.span_end
            and chains.figure_id <> parts.figure_id
),

-- Where a span can be put together in several ways, the one that fits worst is told.
worst as (
    select
        figure_id,
        part_count,
        parts_t,
        parts_t - mass_t as deviation_t,
        tolerance_t,
    from chains
    where next_day > span_end and part_count > 0
    qualify
        row_number() over (
            partition by figure_id
            order by abs(parts_t - mass_t) - tolerance_t desc, part_count desc, parts_t desc
        ) = 1
),

-- The months at hand, be they all or not, cannot be more than the span.
months as (
    select
        spans.figure_id,
        count(*) as months_at_hand,
        sum(stated.mass_t) as months_t,
        sum(stated.rounding_t) as months_rounding_t,
    from spans
    inner join stated
        on
            spans.item = stated.item
            and spans.destination = stated.destination
            and spans.span_start <= stated.span_start
            and spans.span_end >= stated.span_end
            and stated.month_count = 1
    group by spans.figure_id
),

press_span_checks as (
    select
        spans.figure_id,
        case
            when abs(worst.deviation_t) > worst.tolerance_t then 'disagrees'
            when months.months_t > spans.mass_t + spans.rounding_t + months.months_rounding_t
                then 'disagrees'
            when worst.figure_id is not null then 'agrees'
            else 'not_checkable'
        end as span_check,
        coalesce(months.months_at_hand, 0) as months_at_hand,
        months.months_t,
        worst.part_count,
        worst.parts_t,
        worst.deviation_t,
        worst.tolerance_t,
    from spans
    left join worst
        on spans.figure_id = worst.figure_id
    left join months
        on spans.figure_id = months.figure_id
),

final as (
    select
        press_figures.figure_id,
        press_figures.item,
        press_figures.flow,
        press_figures.reporter_code,
        press_figures.destination,
        press_figures.partner_code,
        press_figures.nomenclature,
        press_figures.product_code,
        press_figures.national_code,
        press_figures.code_match,
        press_figures.first_period,
        press_figures.last_period,
        press_figures.period_kind,
        press_figures.basis,
        press_figures.basis_note,
        press_figures.printed_unit,
        case
            when press_figures.period_kind = 'month' then 'not_needed'
            else coalesce(press_span_checks.span_check, 'not_checkable')
        end as span_check,
        case
            when press_figures.period_kind = 'month' then null
            when press_figures.basis = 'derived'
                then 'The span is not stated: it was read from other words.'
            when press_span_checks.part_count is not null
                then
                    press_span_checks.part_count || ' stated figures make up the span: '
                    || {{ all_digits('press_span_checks.parts_t') }} || ' t against '
                    || {{ all_digits('press_figures.mass_t') }}
                    || ' t, within '
                    || {{ all_digits('press_span_checks.tolerance_t') }} || ' t by rounding.'
            else
                coalesce(press_span_checks.months_at_hand, 0) || ' of '
                || press_figures.month_count || ' months at hand: '
                || coalesce({{ all_digits('press_span_checks.months_t') }}, '0')
                || ' of '
                || {{ all_digits('press_figures.mass_t') }} || ' t.'
        end as span_check_statement,
        press_figures.source_id,
        press_figures.source_url,
        press_figures.data_origin,
        press_figures.month_count,
        cast(press_span_checks.months_at_hand as integer) as months_at_hand,
        press_figures.page_count,
        press_figures.mass_t,
        press_figures.page_difference_t,
        press_span_checks.parts_t,
        press_span_checks.deviation_t,
        press_span_checks.tolerance_t,
        press_figures.span_start,
        press_figures.span_end,
        press_figures.known_from,
    from press_figures
    left join press_span_checks
        on press_figures.figure_id = press_span_checks.figure_id
)

select * from final
order by item, destination, span_start, span_end

with

press_figures as (
    select * from {{ ref('int_continuity__press_figures') }}
),

press_span_checks as (
    select * from {{ ref('int_continuity__press_span_checks') }}
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

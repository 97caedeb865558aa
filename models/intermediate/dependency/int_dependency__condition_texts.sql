with

conditions as (
    select * from {{ ref('int_dependency__conditions') }}
),

shown_cells as (
    select * from {{ ref('int_dependency__shown_cells') }}
),

final as (
    select
        conditions.product_period_number,
        conditions.reporter_code,
        conditions.definition_id,
        string_agg(
            concat_ws(
                ' ',
                replace(conditions.indicator_id, '_', ' '),
                case
                    when
                        conditions.value_low < conditions.value_high
                        and (conditions.is_met is null or conditions.value is null)
                        then
                            {{ plain_number('conditions.value_low') }}
                            || ' to ' || {{ plain_number('conditions.value_high') }}
                    when conditions.value is not null then {{ plain_number('conditions.value') }}
                    when conditions.years_at_hand is not null
                        then
                            'not known, ' || conditions.years_at_hand || ' of '
                            || conditions.window_years || ' years at hand,'
                    else 'not known'
                end,
                case
                    when conditions.is_met then 'meets'
                    when not conditions.is_met then 'misses'
                    else 'leaves open'
                end,
                conditions.comparison,
                {{ plain_number('conditions.threshold') }}
            ),
            '; '
            order by conditions.condition_number
        ) as reason,
    from conditions
    semi join shown_cells
        on
            conditions.product_period_number = shown_cells.product_period_number
            and conditions.reporter_code = shown_cells.reporter_code
    group by conditions.product_period_number, conditions.reporter_code, conditions.definition_id
)

select * from final

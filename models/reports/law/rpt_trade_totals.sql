{{ config(
    materialized='table_function',
    alias='trade_totals',
    parameters=['reporter', 'partner', 'as_of', 'known_on', 'scenario := null'],
    contract={'enforced': false}
) }}

with

asked_flows as (
    select
        list({
            'state': flows.state,
            'part_of_product_code': flows.part_of_product_code,
            'high_raised_by': flows.high_raised_by,
            'value_eur_low': flows.value_eur_low,
            'value_eur_high': flows.value_eur_high,
            'measure_count': flows.measure_count
        }) as flow_rows,
    from {{ ref('rpt_trade_under_measures') }}(
        reporter, partner, as_of, known_on, scenario := scenario
    ) as flows
),

asked_codes as (
    select list(codes) as code_rows
    from {{ ref('rpt_listed_codes') }}(
        reporter, partner, as_of, known_on, scenario := scenario
    ) as codes
)

select totals.*
from {{ ref('rpt_trade_totals_of') }}(
    (select asked_flows.flow_rows from asked_flows),
    (select asked_codes.code_rows from asked_codes),
    partner
) as totals
order by totals.state_rank

{{ config(
    materialized='table_function',
    alias='trade_totals',
    parameters=['reporter', 'partner', 'as_of', 'known_on', 'scenario := null'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}


with

listed as (
    select
        codes.state,
        count(distinct codes.product_code) as codes_listed,
        -- Of every clause that lists the code: one may list parts of it that have none.
        count(distinct codes.product_code)
        - count(distinct codes.product_code) filter (codes.figures_of is null)
            as codes_with_trade,
        count(distinct codes.scope_id) as items_without_code,
        count(distinct codes.measure_id || '/' || codes.clause_id)
            filter (where codes.coverage = 'not_recorded') as clauses_without_goods,
        bool_or(codes.has_parts_without_figures) as has_parts_without_figures,
    from {{ ref('rpt_listed_codes') }}(
        reporter, partner, as_of, known_on, scenario := scenario
    ) as codes
    group by codes.state
),

-- Rows that are part of another are counted there.
traded as (
    select
        flows.state,
        sum(flows.value_eur_low) as value_eur_low,
        sum(flows.value_eur_high) as high_of_codes_with_figures,
        bool_or(flows.high_raised_by is not null) as has_sources_that_disagree,
    from {{ ref('rpt_trade_under_measures') }}(
        reporter, partner, as_of, known_on, scenario := scenario
    ) as flows
    where flows.measure_count > 0 and flows.part_of_product_code is null
    group by flows.state
),

counted as (
    select
        listed.state,
        cast(listed.codes_listed as integer) as codes_listed,
        cast(listed.codes_with_trade as integer) as codes_with_trade,
        cast(listed.items_without_code as integer) as items_without_code,
        cast(listed.clauses_without_goods as integer) as clauses_without_goods,
        cast(coalesce(traded.value_eur_low, 0) as decimal(28, 6)) as value_eur_low,
        case
            when listed.codes_with_trade > 0
                then cast(coalesce(traded.high_of_codes_with_figures, 0) as decimal(28, 6))
        end as high_of_codes_with_figures,
        listed.codes_with_trade = listed.codes_listed
        and listed.items_without_code = 0
        and listed.clauses_without_goods = 0
        -- A sum of parts bounds no code of which other parts have no figures.
        and not (
            listed.has_parts_without_figures and coalesce(traded.has_sources_that_disagree, false)
        )
            as has_complete_upper_bound,
    from listed
    left join traded
        on listed.state = traded.state
),

worded as (
    select
        counted.*,
        {%- for name, amount in {
            'low': 'value_eur_low', 'high': 'high_of_codes_with_figures'
        }.items() %}
        {{ eur_in_words('counted.' ~ amount) }} as {{ name }}_words,
        {%- endfor %}
        case counted.codes_listed - counted.codes_with_trade
            when 0 then 'Every code has figures'
            when 1 then '1 code has no figures'
            else (counted.codes_listed - counted.codes_with_trade) || ' codes have no figures'
        end as missing_words,
        case counted.items_without_code
            when 0 then 'every item has a code'
            when 1 then '1 item has no code'
            else counted.items_without_code || ' items have no code'
        end as uncoded_words,
        case counted.clauses_without_goods
            when 0 then '.'
            when 1 then '. The goods of 1 clause are not recorded.'
            else '. The goods of ' || counted.clauses_without_goods || ' clauses are not recorded.'
        end as unrecorded_words,
    from counted
)

select
    state_names.state,
    state_names.state_rank,
    worded.codes_listed,
    worded.codes_with_trade,
    worded.items_without_code,
    worded.clauses_without_goods,
    worded.value_eur_low,
    worded.high_of_codes_with_figures,
    worded.has_complete_upper_bound,
    case when worded.has_complete_upper_bound then worded.high_of_codes_with_figures end
        as value_eur_high,
    case
        when worded.codes_listed + worded.items_without_code = 0
            then 'No figures' || worded.unrecorded_words
        when worded.codes_listed = 0
            then 'No figures: ' || worded.uncoded_words || worded.unrecorded_words
        when worded.codes_with_trade = 0
            then
                'No figures: none of the ' || worded.codes_listed || ' listed codes has any; '
                || worded.uncoded_words || worded.unrecorded_words
        else
            'At least ' || worded.low_words || '. For the ' || worded.codes_with_trade || ' of '
            || worded.codes_listed || ' listed codes with figures, at most '
            || worded.high_words || '. ' || worded.missing_words || '; '
            || worded.uncoded_words || worded.unrecorded_words
    end as headline,
from worded
inner join {{ ref('dim_measure_state') }} as state_names
    on worded.state = state_names.state
order by state_names.state_rank

{{ config(
    materialized='table_function',
    alias='trade_totals_of',
    parameters=['flow_rows', 'code_rows', 'partner'],
    contract={'enforced': false}
) }}

with

asked as (
    select {{ asked_place('partner') }} as asked_partner
),

exporters as (
    select coalesce(any_value(countries.country_name), 'all countries together') as exporter
    from asked
    left join {{ ref('dim_country') }} as countries
        on asked.asked_partner = countries.country_iso3
),

flows as (
    select unnest(flow_rows) as flow
),

codes as (
    select unnest(code_rows) as code
),

-- Codes that no sum includes, those first that may hold the most.
missing as (
    select
        codes.code.state,
        codes.code.product_code,
        any_value(
            coalesce(
                codes.code.goods_name || ' (' || codes.code.product_code || ')',
                codes.code.product_code
            )
        ) as goods,
        min(codes.code.naming_order) as naming_order,
        row_number() over (
            partition by codes.code.state
            order by min(codes.code.naming_order) nulls last, codes.code.product_code
        ) as place,
    from codes
    where codes.code.figures_of is null and codes.code.product_code is not null
    group by codes.code.state, codes.code.product_code
),

named as (
    select
        state,
        string_agg(goods, ', ' order by place) as missing_goods,
    from missing
    where place = 1 or place <= 3 and naming_order is not null
    group by state
),

listed as (
    select
        codes.code.state,
        count(distinct codes.code.product_code) as codes_listed,
        -- Of every clause that lists the code: one may list parts of it that have none.
        count(distinct codes.code.product_code)
        - count(distinct codes.code.product_code) filter (codes.code.figures_of is null)
            as codes_with_trade,
        count(distinct codes.code.scope_id) as items_without_code,
        count(distinct codes.code.measure_id || '/' || codes.code.clause_id)
            filter (where codes.code.coverage = 'not_recorded') as clauses_without_goods,
        bool_or(codes.code.has_parts_without_figures) as has_parts_without_figures,
    from codes
    group by codes.code.state
),

-- Rows that are part of another are counted there.
traded as (
    select
        flows.flow.state,
        sum(flows.flow.value_eur_low) as value_eur_low,
        sum(flows.flow.value_eur_high) as high_of_codes_with_figures,
        bool_or(flows.flow.high_raised_by is not null) as has_sources_that_disagree,
    from flows
    where flows.flow.measure_count > 0 and flows.flow.part_of_product_code is null
    group by flows.flow.state
),

counted as (
    select
        listed.state,
        cast(listed.codes_listed as integer) as codes_listed,
        cast(listed.codes_with_trade as integer) as codes_with_trade,
        cast(listed.items_without_code as integer) as items_without_code,
        cast(listed.clauses_without_goods as integer) as clauses_without_goods,
        named.missing_goods,
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
    left join named
        on listed.state = named.state
),

worded as (
    select
        counted.*,
        exporters.exporter,
        {%- for name, amount in {
            'low': 'value_eur_low', 'high': 'high_of_codes_with_figures'
        }.items() %}
        {{ eur_in_words('counted.' ~ amount) }} as {{ name }}_words,
        {%- endfor %}
        case counted.codes_listed - counted.codes_with_trade
            when 0 then 'Every code has figures'
            when 1 then 'No figures for ' || counted.missing_goods
            else
                'No figures for ' || (counted.codes_listed - counted.codes_with_trade)
                || ' codes, among them ' || counted.missing_goods
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
    cross join exporters
)

select
    state_names.state,
    state_names.state_rank,
    worded.missing_goods,
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
            then 'No figures from ' || worded.exporter || worded.unrecorded_words
        when worded.codes_listed = 0
            then
                'No figures from ' || worded.exporter || ': ' || worded.uncoded_words
                || worded.unrecorded_words
        when worded.codes_with_trade = 0
            then
                'No figures from ' || worded.exporter || ': none of the ' || worded.codes_listed
                || ' listed codes has any, among them ' || worded.missing_goods || '; '
                || worded.uncoded_words || worded.unrecorded_words
        else
            'At least ' || worded.low_words || ' from ' || worded.exporter || '. For the '
            || worded.codes_with_trade || ' of ' || worded.codes_listed
            || ' listed codes with figures, at most ' || worded.high_words || '. '
            || worded.missing_words || '; ' || worded.uncoded_words || worded.unrecorded_words
    end as headline,
from worded
inner join {{ ref('dim_measure_state') }} as state_names
    on worded.state = state_names.state
order by state_names.state_rank

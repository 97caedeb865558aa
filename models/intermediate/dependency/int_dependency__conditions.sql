with

cells as (select * from {{ ref('int_dependency__cells') }}),
indicators as (select * from {{ ref('int_dependency__indicators') }}),
definitions as (select * from {{ ref('dependency_definitions') }}),
conditions as (select * from {{ ref('dependency_conditions') }}),

-- A definition about a partner says nothing of that partner.
named_partners as (
    select distinct
        definition_id,
        partner_iso3,
    from conditions
    where partner_iso3 is not null
),

-- Whom a definition is made for. What is unknown there is a row without a value.
asked as (
    select
        cells.product_period_number,
        cells.reporter_code,
        definitions.definition_id,
        definitions.year_rule,
        definitions.window_years,
        conditions.condition_number,
        conditions.indicator_id,
        conditions.comparison,
        cast(conditions.threshold as double) as threshold,
    from cells
    inner join definitions
        on
            definitions.applies_to = 'all'
            or (definitions.applies_to = 'eu' and cells.is_eu_reporter)
            or (
                definitions.applies_to = 'strategic_raw_materials'
                and cells.reporter_code = 'EU27'
            )
    inner join conditions
        on definitions.definition_id = conditions.definition_id
    anti join named_partners
        on
            definitions.definition_id = named_partners.definition_id
            and cells.reporter_code = named_partners.partner_iso3
),

-- Means over a window need every year of it.
windows as (
    select
        asked.product_period_number,
        asked.reporter_code,
        asked.definition_id,
        asked.condition_number,
        count(*) as years_at_hand,
        any_value(asked.window_years) as window_years,
        list_avg(list(indicators.value order by earlier.period)) as value,
        list_avg(list(indicators.value_low order by earlier.period)) as value_low,
        list_avg(list(indicators.value_high order by earlier.period)) as value_high,
        count(indicators.value_low) as lows_at_hand,
        count(indicators.value_high) as highs_at_hand,
        bool_or(indicators.is_contradicted) as is_contradicted,
    from asked
    inner join cells
        using (product_period_number, reporter_code)
    inner join cells as earlier
        using (reporter_code, series_id, nomenclature, product_code)
    inner join indicators
        on
            earlier.product_period_number = indicators.product_period_number
            and earlier.reporter_code = indicators.reporter_code
            and asked.indicator_id = indicators.indicator_id
    where
        asked.year_rule = 'mean'
        and earlier.is_of_series
        and cast(cells.period as integer) - cast(earlier.period as integer)
        between 0 and asked.window_years - 1
    group by all
),

valued as (
    select
        asked.*,
        case
            when asked.year_rule <> 'mean' then indicators.value
            when windows.years_at_hand = windows.window_years then windows.value
        end as value,
        case when asked.year_rule = 'mean' then coalesce(windows.years_at_hand, 0) end
            as years_at_hand,
        case
            when asked.year_rule <> 'mean' then indicators.value_low
            when windows.lows_at_hand = windows.window_years then windows.value_low
        end as value_low,
        case
            when asked.year_rule <> 'mean' then indicators.value_high
            when windows.highs_at_hand = windows.window_years then windows.value_high
        end as value_high,
        coalesce(indicators.is_contradicted, windows.is_contradicted, false) as is_contradicted,
    from asked
    left join indicators
        on
            asked.year_rule <> 'mean'
            and asked.product_period_number = indicators.product_period_number
            and asked.reporter_code = indicators.reporter_code
            and asked.indicator_id = indicators.indicator_id
    left join windows
        on
            asked.product_period_number = windows.product_period_number
            and asked.reporter_code = windows.reporter_code
            and asked.definition_id = windows.definition_id
            and asked.condition_number = windows.condition_number
),

-- A value known to lie in [low, high] meets a condition if every possible value does, and misses it
-- if none does; between it is open. Unknown bounds leave it to the value.
final as (
    select
        *,
        case
            when comparison = '>' and coalesce(value_low, value) > threshold then true
            when comparison = '>=' and coalesce(value_low, value) >= threshold then true
            when comparison = '>' and coalesce(value_high, value) <= threshold then false
            when comparison = '>=' and coalesce(value_high, value) < threshold then false
        end as is_met,
    from valued
)

select * from final

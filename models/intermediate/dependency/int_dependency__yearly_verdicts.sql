with

cells as (select * from {{ ref('int_dependency__cells') }}),
definitions as (select * from {{ ref('dependency_definitions') }}),

-- Which condition decides: one that is missed before one that is open before one that is met, and
-- among these the one nearest to its threshold or furthest below it.
margins as (
    select
        *,
        row_number() over (
            partition by product_period_number, reporter_code, definition_id
            order by
                case when not is_met then 0 when is_met is null then 1 else 2 end,
                coalesce(value, value_low, value_high, cast('infinity' as double)) / threshold,
                condition_number
        ) = 1 as is_decisive,
    from {{ ref('int_dependency__conditions') }}
),

-- All conditions of a year together: one that fails decides, else one that is unknown.
years as (
    select
        product_period_number,
        reporter_code,
        definition_id,
        case
            when bool_or(not is_met) then false
            when bool_and(is_met is not null) then true
        end as is_met,
        count(*) as condition_count,
        count(*) filter (where is_met) as conditions_met,
        count(*) filter (where is_met is null) as conditions_unknown,
        bool_or(is_contradicted) as is_contradicted,
        max(indicator_id) filter (where is_decisive) as decisive_indicator_id,
        max(value) filter (where is_decisive) as decisive_value,
        max(threshold) filter (where is_decisive) as decisive_threshold,
    from margins
    group by product_period_number, reporter_code, definition_id
),

-- Definitions that ask for several good years of a window: those at hand, good and bad. Years too
-- small to be shown count.
good_years as (
    select
        years.product_period_number,
        years.reporter_code,
        years.definition_id,
        count(*) filter (where others.is_met) as years_met,
        count(*) filter (where not others.is_met) as years_missed,
        bool_or(others.is_contradicted) as is_any_contradicted,
    from years
    inner join definitions
        on years.definition_id = definitions.definition_id
    inner join cells
        using (product_period_number, reporter_code)
    inner join cells as earlier
        using (reporter_code, series_id, nomenclature, product_code)
    inner join years as others
        on
            earlier.product_period_number = others.product_period_number
            and earlier.reporter_code = others.reporter_code
            and years.definition_id = others.definition_id
    where
        definitions.year_rule = 'count'
        and earlier.is_of_series
        and cast(cells.period as integer) - cast(earlier.period as integer)
        between 0 and definitions.window_years - 1
    group by years.product_period_number, years.reporter_code, years.definition_id
),

final as (
    select
        years.* replace (
            coalesce(good_years.is_any_contradicted, years.is_contradicted) as is_contradicted
        ),
        good_years.years_met,
        good_years.years_missed,
    from years
    left join good_years
        using (product_period_number, reporter_code, definition_id)
)

select * from final

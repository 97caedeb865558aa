{{ config(alias='reporter_years') }}

with

import_periods as (select * from {{ ref('int_trade__import_periods') }}),
imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),
weights as (select * from {{ ref('int_law__import_weights') }}),

editions as (
    select
        source_id,
        reporter_code,
        nomenclature_family,
        year,
        nomenclature,
        any_value(year_nomenclature) as year_nomenclature,
        any_value(months_covered) as months_covered,
        bool_and(is_whole_year) as is_whole_year,
        min(period) as first_month,
        max(period) as last_month,
        count(*) as month_count,
    from import_periods
    where frequency = 'monthly'
    group by source_id, reporter_code, nomenclature_family, year, nomenclature
),

-- Value by edition: of all months, and of those whose code has a whole year.
stated as (
    select
        imports.source_id,
        imports.reporter_code,
        import_periods.year,
        imports.nomenclature,
        sum(cast(
            {{ in_eur(
                'imports.value_in_currency', 'imports.currency', 'imports.usd_per_eur'
            ) }} as decimal(28, 6)
        )) as value_eur,
    from imports
    inner join import_periods
        using (source_id, frequency, reporter_code, nomenclature, period)
    where imports.frequency = 'monthly' and length(imports.product_code) >= 6
    group by imports.source_id, imports.reporter_code, import_periods.year, imports.nomenclature
),

counted as (
    select
        source_id,
        reporter_code,
        period as year,
        nomenclature as year_nomenclature,
        sum(value_eur) as value_eur,
    from weights
    group by source_id, reporter_code, period, nomenclature
),

years as (
    select
        editions.source_id,
        editions.reporter_code,
        editions.nomenclature_family,
        editions.year,
        any_value(editions.year_nomenclature) as year_nomenclature,
        any_value(editions.months_covered) as months_covered,
        bool_and(editions.is_whole_year) as is_whole_year,
        string_agg(
            editions.nomenclature || ' ' || editions.first_month || ' to ' || editions.last_month
            || ' (' || editions.month_count || ')',
            '; '
            order by editions.nomenclature
        ) as editions,
        sum(stated.value_eur) as value_eur,
    from editions
    left join stated
        using (source_id, reporter_code, year, nomenclature)
    group by all
),

final as (
    select
        years.* exclude (years.year_nomenclature, years.value_eur),
        cast(years.value_eur as decimal(28, 6)) as value_eur,
        cast(years.value_eur - coalesce(counted.value_eur, 0) as decimal(28, 6))
            as value_without_weight_eur,
    from years
    left join counted
        using (source_id, reporter_code, year, year_nomenclature)
)

select * from final
order by source_id, reporter_code, nomenclature_family, year

with

imports as (select * from {{ ref('int_trade__imports') }}),

-- A period that is there in two editions counts in the later: UN Comtrade converts to earlier ones.
periods as (
    select
        source_id,
        frequency,
        reporter_code,
        left(nomenclature, 2) as nomenclature_family,
        left(period, 4) as year,
        period,
        max(nomenclature) as nomenclature,
        bool_or(is_eu_reporter) as is_eu_reporter,
    from imports
    group by source_id, frequency, reporter_code, left(nomenclature, 2), period
),

years as (
    select
        source_id,
        frequency,
        reporter_code,
        nomenclature_family,
        year,
        bool_or(is_eu_reporter) as is_eu_reporter,
        max(nomenclature) as year_nomenclature,
        count(*) as period_count,
    from periods
    group by source_id, frequency, reporter_code, nomenclature_family, year
),

-- A sum of members covers the months that all of them cover who report in the year.
members as (
    select
        source_id,
        frequency,
        nomenclature_family,
        year,
        min(period_count) as period_count,
    from years
    where is_eu_reporter and reporter_code <> 'EU27'
    group by source_id, frequency, nomenclature_family, year
),

covered as (
    select
        years.*,
        case
            when years.frequency = 'monthly'
                then cast(least(years.period_count, coalesce(members.period_count, 12)) as integer)
        end as months_covered,
    from years
    left join members
        on
            years.reporter_code = 'EU27'
            and years.source_id = members.source_id
            and years.frequency = members.frequency
            and years.nomenclature_family = members.nomenclature_family
            and years.year = members.year
),

final as (
    select
        periods.* exclude (periods.is_eu_reporter),
        covered.year_nomenclature,
        covered.months_covered,
        coalesce(covered.months_covered, 12) = 12 as is_whole_year,
    from periods
    inner join covered
        using (source_id, frequency, reporter_code, nomenclature_family, year)
)

select * from final

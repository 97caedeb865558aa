with

imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),
import_periods as (select * from {{ ref('int_trade__import_periods') }}),
edition_links as (select * from {{ ref('int_trade__edition_links') }}),
from_facts as (select * from {{ ref('int_law__published_imports') }}),

-- Codes of less than six digits say nothing about scope. A reporter's year counts if it is whole,
-- in the edition in which the period counts.
in_whole_years as (
    select
        imports.source_id,
        imports.frequency,
        imports.nomenclature,
        imports.product_code,
        import_periods.year,
        import_periods.year_nomenclature,
        imports.reporter_code,
        imports.partner_code,
        imports.partner_kind,
        imports.is_intra_eu_partner,
        imports.is_eu_reporter,
        imports.coverage,
        cast(
            {{ in_eur(
                'imports.value_in_currency', 'imports.currency', 'imports.usd_per_eur'
            ) }} as decimal(28, 6)
        ) as value_eur,
        imports.net_mass_kg,
    from imports
    inner join import_periods
        using (source_id, frequency, reporter_code, nomenclature, period)
    where import_periods.is_whole_year and length(imports.product_code) >= 6
),

annual as (
    select
        in_whole_years.* exclude (frequency, year, year_nomenclature),
        year as period,
    from in_whole_years
    where frequency = 'annual'
),

-- Years in which a reporter went over to another edition.
changes as (
    select distinct
        source_id,
        reporter_code,
        year,
        nomenclature as earlier_nomenclature,
        year_nomenclature,
    from import_periods
    where frequency = 'monthly' and is_whole_year and nomenclature <> year_nomenclature
),

-- Codes that are the same goods in both.
identical as (
    select
        nomenclature,
        product_code,
        linked_nomenclature,
        linked_code,
    from edition_links
    where link = 'same' and basis <> 'waste'
),

-- The months of a year in the codes of its latest edition. What was not the same goods before the
-- change has no whole year.
in_one_edition as (
    select
        months.* exclude (
            months.frequency, months.nomenclature, months.product_code, months.year_nomenclature
        ),
        months.year_nomenclature as nomenclature,
        coalesce(identical.linked_code, months.product_code) as product_code,
    from in_whole_years as months
    left join identical
        on
            months.nomenclature = identical.nomenclature
            and months.product_code = identical.product_code
            and months.year_nomenclature = identical.linked_nomenclature
    where
        months.frequency = 'monthly'
        and (months.nomenclature = months.year_nomenclature or identical.linked_code is not null)
),

-- Of each change in a year, whether a code of the later edition came through it.
came_through as (
    select
        codes.source_id,
        codes.reporter_code,
        codes.year,
        codes.product_code,
        bool_and(identical.linked_code is not null) as is_identical,
        min(changes.earlier_nomenclature) as earlier_nomenclature,
    from (
        select distinct
            source_id,
            reporter_code,
            year,
            nomenclature,
            product_code,
        from in_one_edition
    ) as codes
    inner join changes
        on
            codes.source_id = changes.source_id
            and codes.reporter_code = changes.reporter_code
            and codes.year = changes.year
            and codes.nomenclature = changes.year_nomenclature
    left join identical
        on
            codes.nomenclature = identical.nomenclature
            and codes.product_code = identical.product_code
            and changes.earlier_nomenclature = identical.linked_nomenclature
    group by codes.source_id, codes.reporter_code, codes.year, codes.product_code
),

from_months as (
    select
        months.source_id,
        months.nomenclature,
        months.product_code,
        months.year as period,
        months.reporter_code,
        months.partner_code,
        months.partner_kind,
        months.is_intra_eu_partner,
        months.is_eu_reporter,
        months.coverage,
        came_through.earlier_nomenclature,
        cast(sum(months.value_eur) as decimal(28, 6)) as value_eur,
        -- A month without its mass leaves that of the year unknown.
        case when bool_and(months.net_mass_kg is not null) then sum(months.net_mass_kg) end
            as net_mass_kg,
    from in_one_edition as months
    left join came_through
        using (source_id, reporter_code, year, product_code)
    where coalesce(came_through.is_identical, true)
    group by all
),

final as (
    select * from annual
    union all by name
    select * from from_months
    union all by name
    select * from from_facts
)

select * from final

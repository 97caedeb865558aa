with

imports as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

facts as (
    select * from {{ ref('stg_reference__macro_facts') }}
),

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

-- Codes of less than six digits say nothing about scope.
annual as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        reporter_code,
        partner_code,
        coverage,
        cast({{ in_eur('value_in_currency', 'currency', 'usd_per_eur') }} as decimal(28, 6))
            as value_eur,
        net_mass_kg,
    from imports
    where frequency = 'annual' and length(product_code) >= 6
),

-- Months make a year where the source has all twelve.
complete_years as (
    select
        source_id,
        left(period, 4) as year,
    from imports
    where frequency = 'monthly'
    group by source_id, left(period, 4)
    having count(distinct period) = 12
),

from_months as (
    select
        imports.source_id,
        imports.nomenclature,
        imports.product_code,
        complete_years.year as period,
        imports.reporter_code,
        imports.partner_code,
        imports.coverage,
        cast(
            sum(
                cast(
                    {{ in_eur(
                        'imports.value_in_currency', 'imports.currency', 'imports.usd_per_eur'
                    ) }}
                    as decimal(28, 6)
                )
            ) as decimal(28, 6)
        ) as value_eur,
        sum(imports.net_mass_kg) as net_mass_kg,
    from imports
    inner join complete_years
        on
            imports.source_id = complete_years.source_id
            and left(imports.period, 4) = complete_years.year
    where imports.frequency = 'monthly' and length(imports.product_code) >= 6
    group by all
),

-- Published figures of a CN8 code that no bulk file here has: total and share of a partner.
published_totals as (
    select
        facts.fact_id,
        facts.reporter as reporter_code,
        facts.period,
        replace(replace(facts.product_codes_text, 'CN ', ''), ' ', '') as product_code,
        facts.value_number as value_eur,
    from facts
    where
        facts.flow = 'import'
        and facts.metric = 'value'
        and facts.unit = 'EUR'
        and facts.partner = 'WORLD'
        and regexp_full_match(facts.product_codes_text, 'CN [0-9]{4} [0-9]{2} [0-9]{2}')
        and regexp_full_match(facts.period, '[0-9]{4}')
),

from_facts as (
    select
        'macro_facts' as source_id,
        'CN' || published_totals.period as nomenclature,
        published_totals.product_code,
        published_totals.period,
        published_totals.reporter_code,
        countries.iso3 as partner_code,
        cast(null as varchar) as coverage,
        cast(published_totals.value_eur * shares.value_number / 100 as decimal(28, 6)) as value_eur,
        cast(null as decimal(38, 3)) as net_mass_kg,
    from published_totals
    inner join facts as shares
        on
            published_totals.reporter_code = shares.reporter
            and published_totals.period = shares.period
            and published_totals.product_code
            = replace(replace(shares.product_codes_text, 'CN ', ''), ' ', '')
    inner join countries
        on shares.partner = countries.iso2
    where shares.flow = 'import' and shares.metric = 'share of value'
),

final as (
    select * from annual
    union all
    select * from from_months
    union all
    select * from from_facts
)

select * from final

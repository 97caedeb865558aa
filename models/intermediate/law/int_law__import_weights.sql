with

imports as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

from_facts as (
    select * from {{ ref('int_law__published_imports') }}
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

final as (
    select * from annual
    union all
    select * from from_months
    union all
    select * from from_facts
)

select * from final

with

imports as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }}
),

-- The EU27 as the sum of its members is imputed member by member.
reported as (
    select
        imports.*,
        product_periods.product_period_number,
    from imports
    inner join product_periods
        on
            imports.source_id = product_periods.source_id
            and imports.nomenclature = product_periods.nomenclature
            and imports.product_code = product_periods.product_code
            and imports.period = product_periods.period
    where
        imports.reporter_code <> 'EU27'
        or not ({{ is_source_with('imports.source_id', 'has_every_member') }})
),

-- A source without any mass has nothing to impute from.
sources_with_mass as (
    select distinct source_id
    from reported
    where net_mass_kg is not null
),

gaps as (
    select reported.*
    from reported
    semi join sources_with_mass
        on reported.source_id = sources_with_mass.source_id
    where reported.value_without_mass > 0
),

-- What the same reporter pays per kilogram for the same product in the same period, by supplier.
unit_values as (
    select
        reported.product_period_number,
        reported.reporter_code,
        cast(reported.value_in_currency - reported.value_without_mass as double)
        / cast(reported.net_mass_kg as double) as unit_value,
    from reported
    semi join gaps
        on
            reported.product_period_number = gaps.product_period_number
            and reported.reporter_code = gaps.reporter_code
    where
        reported.net_mass_kg > 0
        and reported.value_in_currency > reported.value_without_mass
        and reported.partner_kind <> 'pseudo_partner'
),

medians as (
    select
        product_period_number,
        reporter_code,
        median(unit_value) as median_unit_value,
        count(*) as unit_value_count,
    from unit_values
    group by product_period_number, reporter_code
),

imputed as (
    select
        gaps.product_period_number,
        gaps.reporter_code,
        gaps.partner_code,
        gaps.source_id,
        gaps.is_eu_reporter,
        gaps.value_without_mass,
        medians.median_unit_value,
        coalesce(medians.unit_value_count, 0) as unit_value_count,
        cast(
            cast(gaps.value_without_mass as double) / medians.median_unit_value as decimal(38, 9)
        ) as imputed_mass_kg,
    from gaps
    left join medians
        on
            gaps.product_period_number = medians.product_period_number
            and gaps.reporter_code = medians.reporter_code
),

final as (
    select
        product_period_number,
        reporter_code,
        partner_code,
        unit_value_count,
        median_unit_value,
        value_without_mass,
        imputed_mass_kg,
    from imputed
    union all
    select
        product_period_number,
        'EU27' as reporter_code,
        partner_code,
        min(unit_value_count) as unit_value_count,
        cast(null as double) as median_unit_value,
        sum(value_without_mass) as value_without_mass,
        case when bool_and(imputed_mass_kg is not null) then sum(imputed_mass_kg) end
            as imputed_mass_kg,
    from imputed
    where is_eu_reporter and {{ is_source_with('source_id', 'has_every_member') }}
    group by product_period_number, partner_code
)

select * from final

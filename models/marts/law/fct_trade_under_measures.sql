{{ config(materialized=by_period()) }}

with

coverage as (select * from {{ ref('int_law__coverage_by_period') }}),
destination_classes as (select * from {{ ref('int_law__destination_classes') }}),
covered_intervals as (select * from {{ ref('int_law__covered_intervals') }}),

-- From countries with a measure on a product at hand: all trade of others is under none.
imports as (
    select * from {{ ref('int_trade__imports') }} as imports
    where
        {{ is_due('imports') }}
        and partner_code in (select covered_intervals.partner_code from covered_intervals)
),

flows as (
    select
        imports.reporter_code,
        imports.partner_code,
        imports.source_id,
        imports.nomenclature,
        imports.product_code,
        imports.period,
        destination_classes.destination_class,
        cast(
            {{ in_eur('imports.value_in_currency', 'imports.currency', 'imports.usd_per_eur') }}
            as decimal(28, 6)
        ) as value_eur,
        imports.net_mass_kg,
    from imports
    inner join destination_classes
        on imports.reporter_code = destination_classes.country_code
    where length(imports.product_code) >= 6
),

shared as (
    select
        flows.* exclude (flows.destination_class),
        coalesce(coverage.reading, 'base') as claim_group,
        coalesce(coverage.state, 'not_covered') as state,
        cast(flows.value_eur as double) as value_double,
        cast(flows.net_mass_kg as double) as mass_double,
        coverage.state_days,
        coalesce(coverage.period_days, 1) as period_days,
        coalesce(coverage.share_days_low, 1) as share_days_low,
        case when coverage.state is null then 1 else coverage.share_days_central end
            as share_days_central,
        coalesce(coverage.share_days_high, 1) as share_days_high,
        coverage.share_days_high_of_parts,
        coalesce(coverage.is_disputed, false) as is_disputed,
        coalesce(coverage.measure_count, 0) as measure_count,
        coverage.measure_ids,
        coverage.may_overlap_measure_ids,
        coverage.doubt,
    from flows
    left join coverage
        using (partner_code, destination_class, nomenclature, product_code, period)
),

-- One rounding each, to a millionth of a euro and a gram: order and sums hold to less than a cent.
final as (
    select
        reporter_code,
        partner_code as partner_iso3,
        source_id,
        nomenclature,
        product_code,
        period,
        claim_group,
        state,
        cast(value_eur as decimal(28, 6)) as product_value_eur,
        {%- for bound in ['low', 'central', 'high'] %}
        cast(value_double * (share_days_{{ bound }} / period_days) as decimal(28, 6))
            as value_eur_{{ bound }},
        {%- endfor %}
        cast(net_mass_kg as decimal(28, 6)) as product_net_mass_kg,
        {%- for bound in ['low', 'central', 'high'] %}
        cast(mass_double * (share_days_{{ bound }} / period_days) as decimal(28, 6))
            as net_mass_kg_{{ bound }},
        {%- endfor %}
        cast(value_double * (share_days_high_of_parts / period_days) as decimal(28, 6))
            as sum_of_measures_value_eur_high,
        cast(state_days as integer) as days_in_state,
        cast(measure_count as integer) as measure_count,
        measure_ids,
        may_overlap_measure_ids,
        is_disputed,
        case
            when is_disputed then 'disputed'
            when share_days_central is null then 'bounds_only'
            when may_overlap_measure_ids is not null then 'may_overlap'
            when state in ('lapsed_presumed', 'unknown') then 'presumed'
            else coalesce(doubt, 'settled')
        end as certainty,
    from shared
)

select * from final
order by reporter_code, partner_iso3, product_code, period

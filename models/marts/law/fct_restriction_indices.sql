with

imports as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

restrictions as (
    select * from {{ ref('int_law__restrictions_by_product') }}
),

covered_intervals as (
    select * from {{ ref('int_law__covered_intervals') }}
),

destination_classes as (
    select * from {{ ref('int_law__destination_classes') }}
),

periods as (
    select * from {{ ref('int_law__trade_periods') }}
),

-- The first day on which any measure of the exporter applied to a product at hand.
first_days as (
    select
        partner_code,
        destination_class,
        min(valid_from) as first_day,
    from covered_intervals
    where
        reading = 'base'
        and state = 'in_force'
        and severity_weight is not null
        and not is_possible_only
    group by partner_code, destination_class
),

flows as (
    select
        imports.reporter_code,
        imports.partner_code,
        imports.source_id,
        imports.nomenclature,
        imports.frequency,
        imports.product_code,
        imports.period,
        periods.period_to,
        destination_classes.destination_class,
        first_days.first_day,
        cast(
            {{ in_eur('imports.value_in_currency', 'imports.currency', 'imports.usd_per_eur') }}
            as decimal(28, 6)
        ) as value_eur,
    from imports
    inner join destination_classes
        on imports.reporter_code = destination_classes.country_code
    inner join first_days
        on
            imports.partner_code = first_days.partner_code
            and destination_classes.destination_class = first_days.destination_class
    inner join periods
        on imports.period = periods.period and imports.frequency = periods.frequency
    where length(imports.product_code) >= 6 and imports.value_in_currency > 0
),

-- The last period before any measure: what trade was when nothing held it back.
base_periods as (
    select
        reporter_code,
        partner_code,
        source_id,
        nomenclature,
        max(period) as base_period,
    from flows
    where period_to <= first_day
    group by reporter_code, partner_code, source_id, nomenclature
),

baskets as (
    select
        flows.reporter_code,
        flows.partner_code,
        flows.destination_class,
        flows.source_id,
        flows.nomenclature,
        flows.product_code,
        flows.period,
        'current' as weighting,
        flows.period as weight_period,
        flows.value_eur,
    from flows
    union all
    select
        spans.reporter_code,
        spans.partner_code,
        bases.destination_class,
        spans.source_id,
        spans.nomenclature,
        bases.product_code,
        spans.period,
        'pre_measure' as weighting,
        base_periods.base_period as weight_period,
        bases.value_eur,
    from (
        select distinct
            reporter_code,
            partner_code,
            source_id,
            nomenclature,
            period,
        from flows
    ) as spans
    inner join base_periods
        on
            spans.reporter_code = base_periods.reporter_code
            and spans.partner_code = base_periods.partner_code
            and spans.source_id = base_periods.source_id
            and spans.nomenclature = base_periods.nomenclature
    inner join flows as bases
        on
            spans.reporter_code = bases.reporter_code
            and spans.partner_code = bases.partner_code
            and spans.source_id = bases.source_id
            and spans.nomenclature = bases.nomenclature
            and base_periods.base_period = bases.period
),

sums as (
    select
        baskets.reporter_code,
        baskets.partner_code,
        baskets.source_id,
        baskets.nomenclature,
        baskets.period,
        baskets.weighting,
        baskets.weight_period,
        count(*) as products_traded,
        sum(baskets.value_eur) as value_eur,
        count(*) filter (where restrictions.measures_low > 0) as products_low,
        count(*) filter (where restrictions.measures_high > 0) as products_high,
        coalesce(sum(restrictions.measures_low), 0) as measures_low,
        coalesce(sum(restrictions.measures_high), 0) as measures_high,
        coalesce(sum(baskets.value_eur) filter (where restrictions.measures_low > 0), 0)
            as covered_low,
        coalesce(sum(baskets.value_eur) filter (where restrictions.measures_high > 0), 0)
            as covered_high,
        {%- for bound in ['low', 'high'] %}
        coalesce(
            sum(
                cast(baskets.value_eur * restrictions.part_of_period_{{ bound }} as decimal(38, 6))
            ),
            0
        ) as days_{{ bound }},
        coalesce(
            sum(cast(baskets.value_eur * restrictions.severity_{{ bound }} as decimal(38, 6))), 0
        ) as severity_{{ bound }},
        {%- endfor %}
    from baskets
    left join restrictions
        on
            baskets.partner_code = restrictions.partner_code
            and baskets.destination_class = restrictions.destination_class
            and baskets.nomenclature = restrictions.nomenclature
            and baskets.product_code = restrictions.product_code
            and baskets.period = restrictions.period
    group by all
),

indices as (
    {%- set counted = [('frequency_index', 'products'), ('prevalence_score', 'measures')] %}
    {%- set weighted = [
        ('coverage_ratio', 'covered'), ('trade_coverage_days', 'days'), ('severity_weighted_coverage', 'severity')
    ] %}
    {%- for index_id, column in counted + weighted %}
    select
        *,
        '{{ index_id }}' as index_id,
        {{ column }}_low
        / {{ 'products_traded' if (index_id, column) in counted else 'value_eur' }} as low,
        {{ column }}_high
        / {{ 'products_traded' if (index_id, column) in counted else 'value_eur' }} as high,
    from sums
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

final as (
    select
        reporter_code,
        partner_code as partner_iso3,
        source_id,
        nomenclature,
        period,
        index_id,
        weighting,
        {{ significant('low') }} as index_low,
        {{ significant('case when low = high then low end') }} as index_central,
        {{ significant('high') }} as index_high,
        cast(products_traded as integer) as products_traded,
        cast(value_eur as decimal(28, 6)) as weight_value_eur,
        weight_period,
        case when low = high then 'settled' else 'bounds_only' end as certainty,
    from indices
)

select * from final
order by reporter_code, partner_iso3, source_id, nomenclature, period, index_id, weighting

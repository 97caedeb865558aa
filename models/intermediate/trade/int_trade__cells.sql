{{ config(materialized=by_period(), meta={'whole_periods': true}) }}

with

imports as (
    select * from {{ ref('int_trade__imports') }} as imported
    where {{ is_due('imported') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }} as numbered
    where {{ is_due('numbered') }}
),

totals as (
    {%- for scope, condition in [
        ('extra_eu', 'is_eu_reporter and not is_intra_eu_partner'), ('all', 'true'),
    ] %}
    select
        product_period_number,
        reporter_code,
        '{{ scope }}' as supplier_scope,
        max(coverage) as coverage,
        sum(value_in_currency) as import_value,
        coalesce(
            sum(value_in_currency) filter (where partner_kind = 'pseudo_partner'), 0
        ) as unknown_value,
        sum(value_without_mass) as value_without_mass,
        sum(net_mass_kg) as net_mass_kg,
        coalesce(
            sum(net_mass_kg) filter (where partner_kind = 'pseudo_partner'), 0
        ) as unknown_net_mass_kg,
        bool_or(is_eu_reporter) as is_eu_reporter,
    from imports
    where {{ condition }}
    group by product_period_number, reporter_code
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Which sources can answer "from all suppliers" and which "from outside the EU" differs:
-- the EU27 aggregates give trade between members as one total, and the chips table names
-- only five suppliers, so that what is extra-EU cannot be told.
ranged as (
    select
        totals.product_period_number,
        totals.reporter_code,
        totals.supplier_scope,
        product_periods.source_id,
        product_periods.nomenclature,
        product_periods.product_code,
        product_periods.period,
        product_periods.frequency,
        product_periods.currency,
        totals.coverage,
        product_periods.usd_per_eur,
        cast(totals.import_value as double) as import_value,
        cast(totals.import_value - totals.unknown_value as double) as known_value,
        cast(totals.unknown_value as double) as unknown_value,
        cast(totals.value_without_mass as double) as value_without_mass,
        cast(totals.net_mass_kg as double) as net_mass_kg,
        cast(totals.net_mass_kg - totals.unknown_net_mass_kg as double) as known_net_mass_kg,
        totals.is_eu_reporter,
        {{ number_range('product_periods.source_id', 'product_periods.period') }} as number_range,
    from totals
    inner join product_periods
        on totals.product_period_number = product_periods.product_period_number
    where
        totals.import_value > 0
        and case totals.supplier_scope
            when 'extra_eu' then product_periods.source_id <> 'baci_chips_hs8542'
            else product_periods.source_id not in ('baci_eu27_figures', 'comext_cn8_imports')
        end
),

-- In the order in which marts are sorted.
final as (
    select
        {{ number_in_range(
            'number_range',
            'row_number() over ('
            ~ 'partition by number_range order by reporter_code, product_period_number, supplier_scope)'
        ) }} as cell_number,
        * exclude (number_range),
    from ranged
)

select * from final

{{ config(materialized=in_passing()) }}

{%- set columns = [
    'source_id', 'vintage', 'frequency', 'period', 'reporter_source_code', 'partner_source_code',
    'flow', 'nomenclature', 'product_code', 'currency',
] -%}
{#- Staged with these, value_in_currency, net_mass_kg and line_number. -#}
{%- set staged = [
    'stg_comext__cn8_imports', 'stg_comext__bulk_monthly', 'stg_hmrc__monthly_imports',
    'stg_census__monthly_imports',
] -%}

with

bilateral_flows as (select * from {{ ref('stg_baci__bilateral_flows') }}),
eu27_figures as (select * from {{ ref('stg_baci__eu27_figures') }}),
comtrade_flows as (select * from {{ ref('int_trade__comtrade_flows') }}),
sdmx_observations as (select * from {{ ref('stg_comext__sdmx_monthly') }}),

-- BACI reconciles both reporters: one row is import and export at once, and kept as an import.
from_bilateral as (
    select
        source_id,
        vintage,
        'annual' as frequency,
        cast(year as varchar) as period,
        importer_code as reporter_source_code,
        exporter_code as partner_source_code,
        'import' as flow,
        nomenclature,
        hs6_code as product_code,
        'USD' as currency,
        cast(null as varchar) as coverage,
        cast(value_kusd * 1000 as decimal(24, 3)) as value_in_currency,
        cast(quantity_t * 1000 as decimal(24, 3)) as net_mass_kg,
        line_number,
    from bilateral_flows
),

from_eu27_figures as (
    select
        'baci_eu27_figures' as source_id,
        vintage,
        'annual' as frequency,
        cast(year as varchar) as period,
        case measure when 'world_export' then partner_code else 'EU27' end as reporter_source_code,
        case measure
            when 'world_export' then 'WLD'
            when 'intra_eu_trade' then 'EU27 (intra)'
            else partner_code
        end as partner_source_code,
        case when measure in ('extra_eu_import', 'intra_eu_trade') then 'import' else 'export' end
            as flow,
        nomenclature,
        hs6_code as product_code,
        'USD' as currency,
        case when coverage <> 'complete' then coverage end as coverage,
        cast(value_kusd * 1000 as decimal(24, 3)) as value_in_currency,
        cast(quantity_t * 1000 as decimal(24, 3)) as net_mass_kg,
        line_number,
    from eu27_figures
),

from_comtrade as (
    select
        source_id,
        vintage,
        frequency,
        period,
        reporter_code as reporter_source_code,
        partner_code as partner_source_code,
        flow,
        nomenclature,
        hs6_code as product_code,
        'USD' as currency,
        cast(null as varchar) as coverage,
        cast(value_usd as decimal(24, 3)) as value_in_currency,
        cast(net_mass_kg as decimal(24, 3)) as net_mass_kg,
        line_number,
    from comtrade_flows
    where not is_world
),

-- One row per indicator becomes one row per flow; the API gives mass in units of 100 kg.
from_sdmx as (
    select
        source_id,
        vintage,
        'monthly' as frequency,
        period,
        reporter_code as reporter_source_code,
        partner_code as partner_source_code,
        flow,
        nomenclature,
        product_code,
        'EUR' as currency,
        cast(null as varchar) as coverage,
        cast(sum(amount) filter (indicator = 'VALUE_IN_EUROS') as decimal(24, 3))
            as value_in_currency,
        cast(100 * sum(amount) filter (indicator = 'QUANTITY_IN_100KG') as decimal(24, 3))
            as net_mass_kg,
        min(line_number) as line_number,
    from sdmx_observations
    group by all
    having count(*) filter (indicator = 'VALUE_IN_EUROS') > 0
),

unioned as (
    {%- for name in ['bilateral', 'eu27_figures', 'comtrade', 'sdmx'] %}
    select * from from_{{ name }}
    union all
    {%- endfor %}
    {%- for relation in ['int_trade__chip_flows'] + staged %}
    select
        {{ columns | join(', ') }},
        {{ 'coverage' if loop.first else 'cast(null as varchar) as coverage' }},
        cast(value_in_currency as decimal(24, 3)) as value_in_currency,
        cast(net_mass_kg as decimal(24, 3)) as net_mass_kg,
        line_number,
    from {{ ref(relation) }}
    union all
    {%- endfor %}
    {#- Ports, provinces and the last two digits are summed; a mass that a part lacks is unknown. #}
    {%- for relation in flows_in_parts() %}
    select
        {{ columns | join(', ') }},
        cast(null as varchar) as coverage,
        cast(sum(value_in_currency) as decimal(24, 3)) as value_in_currency,
        cast(
            case when bool_and(net_mass_kg is not null) then sum(net_mass_kg) end
            as decimal(24, 3)
        ) as net_mass_kg,
        min(line_number) as line_number,
    from {{ ref(relation) }}
    group by {{ columns | join(', ') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from unioned

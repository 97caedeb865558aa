{#
    What the models of trade have to know about a source of flows, in one place.

    code_system    how it names countries: 'alpha3', 'alpha2', or 'own' by partner_codes alone
    is_reconciled  both sides of a flow agree and every country of the world is a reporter, so that
                   an import is the partner's export
    has_members    every member of the EU27 is a reporter: the EU27 is their sum
    nomenclature, currency, frequency
                   of every row, as SQL over `period`; asked of bulk sources only, whose rows carry
                   no more columns than they must

    A branch of int_trade__stated_flows has one entry here.
#}
{% macro trade_sources() %}
    {% set sources = {} %}
    {% for source_id, nomenclature in baci_editions().items() %}
        {% do sources.update({source_id: {
            "code_system": "alpha3", "is_reconciled": true, "has_members": true,
            "nomenclature": "'" ~ nomenclature ~ "'", "currency": "'USD'",
            "frequency": "'annual'",
        }}) %}
    {% endfor %}
    {% do sources.update({
        "baci_eu27_figures": {"code_system": "alpha3"},
        "baci_chips_hs8542": {"code_system": "alpha3"},
        "comext_cn8_imports": {"code_system": "alpha3"},
        "comext_bulk_monthly": {
            "code_system": "alpha2", "has_members": true,
            "nomenclature": "'CN' || left(period, 4)", "currency": "'EUR'",
            "frequency": "'monthly'",
        },
        "comext_sdmx_monthly": {"code_system": "alpha2"},
        "comtrade_monthly": {"code_system": "alpha3"},
        "comtrade_annual": {"code_system": "alpha3"},
        "hmrc_imports_monthly": {"code_system": "alpha3"},
        "hmrc_ots_monthly": {"code_system": "alpha2"},
        "us_census_imports_monthly": {"code_system": "own"},
        "gacc_imports_monthly": {"code_system": "own"},
        "gacc_exports_monthly": {"code_system": "own"},
    }) %}
    {% do return(sources) %}
{% endmacro %}


{# Bilateral sources of BACI, and the edition of the Harmonised System of each. #}
{% macro baci_editions() %}
    {% set editions = {} %}
    {% for year in ["1992", "1996", "2002", "2007", "2012", "2017", "2022"] %}
        {% do editions.update({"baci_hs" ~ year[2:] ~ "_bilateral": "HS" ~ year}) %}
    {% endfor %}
    {% do return(editions) %}
{% endmacro %}


{# Whether a column names a source of which an entry of trade_sources() is true. #}
{% macro is_source_with(column, trait) -%}
    {%- set named = [] -%}
    {%- for source_id, traits in trade_sources().items() if traits.get(trait) -%}
        {%- do named.append("'" ~ source_id ~ "'") -%}
    {%- endfor -%}
    {{ column }} in ({{ named | join(', ') }})
{%- endmacro %}


{# Sources that reconcile both sides and have every country of the world. #}
{% macro is_reconciled_source(column) -%}
    {{ is_source_with(column, 'is_reconciled') }}
{%- endmacro %}


{# Sources with every member of the EU27, whose sum is the EU27. #}
{% macro has_every_member(column) -%}
    {{ is_source_with(column, 'has_members') }}
{%- endmacro %}


{# What holds for every row of a bulk source: nomenclature, currency or frequency. #}
{% macro of_bulk_source(trait) -%}
    case
        {%- for source_id in var('bulk_sources') %}
        when source_id = '{{ source_id }}' then {{ trade_sources().get(source_id, {}).get(trait) }}
        {%- endfor %}
        when false then ''
    end
{%- endmacro %}


{#
    A number made of a value in thousandths and, below 1024, of its supplier: of equal values the first
    by code has the largest.
#}
{% macro supplier_key(value, place_number) -%}
    cast({{ value }} * 1000 as bigint) * 1024 + (1023 - {{ place_number }})
{%- endmacro %}


{# The value in such a number. #}
{% macro value_of_supplier_key(supplier_key) -%}
    cast({{ supplier_key }} // 1024 as double) / 1000
{%- endmacro %}


{#
    Flows as their sources state them with the codes, kinds and numbers of places and with values in EUR.
    The relations `places` (int_trade__places) and `exchange_rates` (int_trade__exchange_rates) have to be
    there. A macro, so that a model can narrow the flows first: the engine does not push a semi join
    below these.
#}
{% macro harmonised_flows(flows) -%}
select
    {{ flows }}.source_id,
    {{ flows }}.vintage,
    {{ flows }}.frequency,
    {{ flows }}.period,
    coalesce(reporters.place_code, {{ flows }}.reporter_source_code) as reporter_code,
    coalesce(partners.place_code, {{ flows }}.partner_source_code) as partner_code,
    {{ flows }}.partner_source_code,
    coalesce(partners.place_kind, 'country') as partner_kind,
    reporters.place_number as reporter_number,
    partners.place_number as partner_number,
    {{ flows }}.flow,
    {{ flows }}.nomenclature,
    {{ flows }}.product_code,
    {{ flows }}.currency,
    {{ flows }}.coverage,
    {{ flows }}.value_in_currency,
    cast(
        {{ in_eur(flows ~ '.value_in_currency', flows ~ '.currency', 'exchange_rates.usd_per_eur') }} as decimal(28, 6)
    ) as value_eur,
    case when {{ flows }}.currency <> 'EUR' then exchange_rates.usd_per_eur end as usd_per_eur,
    {{ flows }}.net_mass_kg,
    {{ flows }}.line_number,
    try_cast(strptime(left({{ flows }}.vintage, 8), '%Y%m%d') as date) as known_on,
from {{ flows }}
left join places as reporters
    on
        {{ flows }}.source_id = reporters.source_id
        and {{ flows }}.reporter_source_code = reporters.source_code
left join places as partners
    on
        {{ flows }}.source_id = partners.source_id
        and {{ flows }}.partner_source_code = partners.source_code
left join exchange_rates
    on
        {{ flows }}.currency = exchange_rates.currency
        and {{ flows }}.period = exchange_rates.period
        and {{ flows }}.frequency = exchange_rates.frequency
{%- endmacro %}

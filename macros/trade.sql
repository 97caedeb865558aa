{# Staged sources of trade of which several lines make a flow: ports, provinces, last digits. #}
{% macro flows_in_parts() %}
    {% do return(['stg_hmrc__ots_monthly', 'stg_hmrc__bulk_monthly', 'stg_gacc__flows']) %}
{% endmacro %}


{# Whether a column names a source of which a condition on stg_reference__trade_sources is true. #}
{% macro is_source_with(column, condition, sources='stg_reference__trade_sources') -%}
    {{ column }} in (select source_id from {{ ref(sources) }} where {{ condition }})
{%- endmacro %}


{#
    Whether a column names a source whose figures may not be passed on. What names no source and goes
    into a release must be made without it: chokepoint/releases/private.py leaves out what names one.
#}
{% macro is_held_back(column) -%}
    coalesce({{ is_source_with(column, "redistribution in ('restricted', 'unconfirmed')") }}, false)
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

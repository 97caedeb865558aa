{#
    What the models of trade have to know about a source of flows, in one place.

    code_system    how it names countries: 'alpha3' or 'alpha2'
    is_reconciled  both sides of a flow agree and every country of the world is a reporter, so that
                   an import is the partner's export
    has_members    every member of the EU27 is a reporter: the EU27 is their sum

    A branch of int_trade__flows has one entry here.
#}
{% macro trade_sources() %}
    {% do return({
        "baci_hs92_bilateral": {
            "code_system": "alpha3", "is_reconciled": true, "has_members": true
        },
        "baci_eu27_figures": {"code_system": "alpha3"},
        "baci_chips_hs8542": {"code_system": "alpha3"},
        "comext_cn8_imports": {"code_system": "alpha3"},
        "comext_bulk_monthly": {"code_system": "alpha2", "has_members": true},
        "hmrc_imports_monthly": {"code_system": "alpha3"},
    }) %}
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

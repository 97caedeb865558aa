{#
    Whether a source may hold rows of the user's own: its landed table has a column data_origin.
    (`chokepoint/warehouse/results.py` says the same of the checks that may read them.)
#}
{% macro takes_own_rows(source_id) -%}
    {%- set names = ["''"] -%}
    {%- if execute -%}
        {%- for source in graph.sources.values()
            if source.source_name == "landing" and "data_origin" in source.columns -%}
            {%- do names.append("'" ~ source.name ~ "'") -%}
        {%- endfor -%}
    {%- endif -%}
    {{ source_id }} in ({{ names | sort | join(", ") }})
{%- endmacro %}


{#
    Whether a delivery is the user's own. Periods of what is not are named <origin>-<name>; a register
    of licences is named by the day on which it was read.
#}
{% macro is_own_delivery(deliveries) -%}
    {{ takes_own_rows(deliveries ~ '.source_id') }}
    and split_part({{ deliveries }}.period, '-', 1)
    not in ('sample', 'synthetic', 'press_claim', 'assumption')
{%- endmacro %}

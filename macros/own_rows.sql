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

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
    Whose rows a delivery of such a source holds, by its period: own unless the period says
    otherwise, so that what nobody thought of stays private. Periods of graphs and scenarios are
    <origin>-<name>; the sample of licences is sample-<name>, a register the day of its reading.
#}
{% macro origin_of_period(period) -%}
    case
        when starts_with({{ period }}, 'sample-') or starts_with({{ period }}, 'synthetic-')
            then 'synthetic'
        when starts_with({{ period }}, 'press_claim-') then 'press_claim'
        when starts_with({{ period }}, 'assumption-') then 'assumption'
        else 'own'
    end
{%- endmacro %}

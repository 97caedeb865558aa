{#
    Lineage to rows: which lines of which files a published row was made of.

    Landed rows carry the line they were delivered on, rows of seeds that of stg_lineage__seed_rows.
    `config.meta.traced_by` of a relation says which keys lead to them, as docs/methodology/lineage.md
    explains.
#}


{# Models whose `config.meta` has an entry, by name. #}
{% macro models_that_say(entry) %}
    {% set found = [] %}
    {% if execute %}
        {% for node in graph.nodes.values()
            if node.resource_type == "model" and node.config.meta.get(entry) %}
            {% do found.append(node) %}
        {% endfor %}
    {% endif %}
    {% do return(found | sort(attribute="name")) %}
{% endmacro %}


{#
    A key as JSON text, in the order of the columns.

    columns  names, or names with the SQL of each
#}
{% macro key_json(columns) -%}
    cast(
        json_object(
            {%- for column in columns %}
            '{{ column }}',
            cast({{ columns[column] if columns is mapping else column }} as varchar)
            {{- ',' if not loop.last }}
            {%- endfor %}
        ) as varchar
    )
{%- endmacro %}


{#
    Numbers of lines as text, runs as ranges: `12-14, 20`.

    numbers  SQL of a sorted list of integers; one that is there twice counts once
#}
{% macro line_ranges(numbers) -%}
    {%- set places = "range(1, len(" ~ numbers ~ ") + 1)" -%}
    case when {{ numbers }} is not null then
        array_to_string(
            list_transform(
                list_zip(
                    list_filter(
                        {{ places }},
                        lambda place:
                        place = 1 or {{ numbers }}[place] > {{ numbers }}[place - 1] + 1
                    ),
                    list_filter(
                        {{ places }},
                        lambda place:
                        place = len({{ numbers }})
                        or {{ numbers }}[place + 1] > {{ numbers }}[place] + 1
                    )
                ),
                lambda run: concat_ws(
                    '-',
                    {{ numbers }}[run[1]],
                    case when run[2] > run[1] then {{ numbers }}[run[2]] end
                )
            ),
            ', '
        )
    end
{%- endmacro %}

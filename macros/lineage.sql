{#
    Lineage to rows: which lines of which files a published row was made of.

    Landed rows carry the line they were delivered on, rows of seeds that of stg_lineage__seed_rows.
    Which keys lead to them `config.meta` says in the yml of each mart: `raw_rows` the rows that its
    keys stand for, `traced_by` the keys and lines of trade that its rows are made of. How to write
    them is in docs/decisions/0017-lineage-to-the-line.md.
#}


{# Nodes of dbt's graph of a kind, by name; none while dbt is still reading the project. #}
{% macro nodes_of(resource_type) %}
    {% do return(
        graph.nodes.values() | selectattr("resource_type", "equalto", resource_type)
        | sort(attribute="name") if execute else []
    ) %}
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

{#
    A view or a table takes the place of the one before it in one step: DuckDB shows the old one until
    the new one is whole. dbt's own way (make beside, rename, rename, drop) asks DuckDB seven times for
    each model, which was a third of a build's time (docs/decisions/0024-models-in-place.md).
#}
{% materialization view, adapter="duckdb" %}
    {%- set made = place_of("view") -%}
    {%- set is_one_step = not (
        config.persist_relation_docs() or config.persist_column_docs() or pre_hooks or post_hooks
    ) -%}
    {% call statement("main", auto_begin=not is_one_step) -%}
        {{ create_view_as(made, compiled_code) }}
    {%- endcall %}
    {{ return(finished_in_place(made, is_one_step)) }}
{% endmaterialization %}

{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {%- set made = place_of("table") -%}
    {%- set language = model["language"] -%}
    {# Python writes through another connection: it does not see that this one dropped the table. #}
    {%- set written = made if language == "sql" else make_intermediate_relation(made) -%}
    {% if language != "sql" %}
        {{ drop_relation_if_exists(load_cached_relation(written)) }}
    {% endif %}
    {% call statement("main", language=language) -%}
        {%- if language == "sql" %}drop table if exists {{ made }};{% endif %}
        {{- create_table_as(False, written, compiled_code, language) }}
    {%- endcall %}
    {% if language != "sql" %}
        {{ drop_relation_if_exists(load_cached_relation(made)) }}
        {{ adapter.rename_relation(written, made) }}
    {% endif %}
    {{ return(finished_in_place(made)) }}
{% endmaterialization %}

{# The relation that is to be made; one of another type in its place is dropped. #}
{% macro place_of(type) %}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if existing is not none and existing.type != type %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {{ return(this.incorporate(type=type)) }}
{% endmacro %}

{% macro finished_in_place(made, is_committed=false) %}
    {% do persist_docs(made, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% if not is_committed %}{{ adapter.commit() }}{% endif %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({"relations": [made]}) }}
{% endmacro %}

{% macro duckdb__create_view_as(relation, sql) -%}
    {% if config.get("contract").enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
    create or replace view {{ relation }} as (
        {{ sql }}
    );
{%- endmacro %}

{#
    Comments of the yml. What has them for its columns has a contract, so these are its columns; a
    function has none.
#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {% set is_function = model.config.materialized == "table_function" %}
    {% set comments = [] %}
    {% if for_relation and config.persist_relation_docs() and model.description %}
        {% do comments.append(
            "comment on " ~ ("macro table" if is_function else relation.type) ~ " " ~ relation
            ~ " is " ~ duckdb_escape_comment(model.description)
        ) %}
    {% endif %}
    {% if for_columns and config.persist_column_docs() and model.columns and not is_function %}
        {% for column in model.columns.values() %}
            {% set name = adapter.quote(column.name) if column.quote else column.name %}
            {% set text = duckdb_escape_comment(column.description) %}
            {% do comments.append("comment on column " ~ relation ~ "." ~ name ~ " is " ~ text) %}
        {% endfor %}
    {% endif %}
    {% if comments %}{% call statement() %}{{ comments | join("; ") }}{% endcall %}{% endif %}
{% endmacro %}

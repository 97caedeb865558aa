{# DuckDB's SQL on its way to Spark; the adapter (chokepoint/spark/adapter.py) turns it. #}

{% macro duckspark__create_view_as(relation, sql) %}
    {{ return(spark__create_view_as(relation, adapter.to_spark(sql, model))) }}
{% endmacro %}


{#
    What Spark SQL has no words for is worked out by the DuckDB beside dbt and written back: its
    inputs are small (docs/decisions/0012).
#}
{% materialization table, adapter="duckspark", supported_languages=["sql", "python"] %}
    {% set target_relation = api.Relation.create(
        identifier=model["alias"], schema=schema, database=database, type="table"
    ) %}
    {% set old_relation = adapter.get_relation(
        database=database, schema=schema, identifier=model["alias"]
    ) %}
    {% if old_relation is not none %}
        {% do adapter.drop_relation(old_relation) %}
    {% endif %}
    {% if model["language"] == "python" or adapter.is_for_the_driver(compiled_code, model) %}
        {% do adapter.compute_on_driver(target_relation, compiled_code, model) %}
        {% call statement("main") %}select 1 as done{% endcall %}
    {% else %}
        {% set steps = adapter.to_spark_in_steps(compiled_code, target_relation, model) %}
        {% set parts = [] %}
        {% for name, query in steps.first %}
            {% set part = api.Relation.create(
                identifier=name, schema=schema, database=database, type="table"
            ) %}
            {# A run that was cut off may have left it. #}
            {% do adapter.drop_relation(part) %}
            {% do run_query(spark__create_table_as(False, part, query)) %}
            {% do parts.append(part) %}
        {% endfor %}
        {% call statement("main") %}
            {{ spark__create_table_as(False, target_relation, steps.query) }}
        {% endcall %}
        {% for part in parts %}
            {% do adapter.drop_relation(part) %}
        {% endfor %}
    {% endif %}
    {% do adapter.forget_columns(target_relation) %}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}


{% materialization seed, adapter="duckspark" %}
    {% set target_relation = api.Relation.create(
        identifier=model["alias"], schema=schema, database=database, type="table"
    ) %}
    {% set old_relation = adapter.get_relation(
        database=database, schema=schema, identifier=model["alias"]
    ) %}
    {% if old_relation is not none %}
        {% do adapter.drop_relation(old_relation) %}
    {% endif %}
    {% do adapter.load_seed(target_relation, model) %}
    {% do store_result("agate_table", response="OK") %}
    {% call statement("main") %}select 1 as done{% endcall %}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

{#
    What differs between the engines that build the models, beyond the SQL itself, which the adapter
    of the target `spark` rewrites (chokepoint/spark, docs/decisions/0012).
#}

{# Rows of a query over files; `query_files(sql)[0]["column"]`. #}
{% macro query_files(sql) %}
    {{ return(run_query(sql).rows if target.type == "duckdb" else adapter.driver_query(sql)) }}
{% endmacro %}


{# A relation of the schema landing that is made from files which are no table: the manifests. #}
{% macro create_from_files(name, ddl) %}
    {% if target.type == "duckdb" %}
        {% do run_query(ddl) %}
    {% else %}
        {% do adapter.driver_query("create schema if not exists landing") %}
        {% do adapter.driver_query(ddl) %}
        {% set relation = api.Relation.create(schema="landing", identifier=name, type="table") %}
        {% do run_query("drop table if exists " ~ relation) %}
        {% do adapter.copy_from_driver(relation) %}
    {% endif %}
{% endmacro %}

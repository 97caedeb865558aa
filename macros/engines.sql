{#
    What differs between the engines that build the models, beyond the SQL itself, which the adapter
    of the target `spark` rewrites (chokepoint/spark, docs/decisions/0012).
#}

{# A query in the words of the engine, for what is no model. #}
{% macro sql_of_engine(sql) %}
    {{ return(sql if target.type == "duckdb" else adapter.to_spark(sql)) }}
{% endmacro %}


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


{# One scan of all files of a source, with the name of each as its vintage. #}
{% macro spark_view_ddl(source, files) %}
    {% set columns = [] %}
    {% for column in source.columns.values() if column.name not in added_by_landing() %}
        {% do columns.append(column.name) %}
    {% endfor %}
    {{ return(
        "create or replace view landing." ~ source.name ~ " as select " ~ columns | join(", ")
        ~ ", line_number, regexp_replace(_metadata.file_name, '[.]parquet$', '') as vintage"
        ~ " from parquet.`" ~ adapter.one_path(files) ~ "`"
    ) }}
{% endmacro %}

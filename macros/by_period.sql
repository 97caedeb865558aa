{#
    Tables of bulk sources, kept by source and period.

    `materialized='by_period'` builds a table in batches of a bulk source's periods, and a later run
    rebuilds only the periods whose inputs changed. Each batch deletes its periods, inserts them and
    enters them in the ledger `landing.built_periods` in one transaction, so that a run that is cut
    off goes on where it stopped. The same statement builds a month alone or all months, so that an
    incremental table holds what a full one does.

    In a batch, `landing.<source>` shows the files of its periods only: no older file is opened,
    however long the history.

    Two entries decide whether a period is built again:

    basis        how the table is made: the statement, the views below it, and the rows of small
                 tables below it. Another basis builds the whole table again.
    fingerprint  the period's own inputs: its file, the rows of small tables that have a column
                 `period`, and the same period of tables by period below it.

    Rows of the other sources, beside the batches, count as one period '*', with a fingerprint of all
    that they are made of.

    docs/decisions/0011-models-at-scale.md has the reasons. Engines that are not DuckDB build plain
    tables of the same statements (`by_period()` names the materialisation).
#}

{# The materialisation of a table by period on this engine. #}
{% macro by_period() -%}
    {{ return('by_period' if target.type == 'duckdb' else 'table') }}
{%- endmacro %}


{# The same of what shows rows of bulk sources at their own grain, or in their batches: no copy. #}
{% macro in_passing() -%}
    {{ return('view' if target.type == 'duckdb' else 'table') }}
{%- endmacro %}


{#
    Sources too large to be read at their own grain more than once (docs/decisions/0011-models-at-scale.md):
    those whose entry in models/staging says `is_bulk`. Their marts are kept by period; other models see
    of them the products at hand.
#}
{% macro bulk_sources() -%}
    {%- set found = [] -%}
    {%- for source in graph.sources.values() if source.config.meta.get("is_bulk") -%}
        {%- do found.append(source.name) -%}
    {%- endfor -%}
    {% do return(found | sort) %}
{%- endmacro %}


{% macro is_bulk_source(column) -%}
    {%- set named = bulk_sources() if execute else [] -%}
    {{ column ~ " in ('" ~ named | join("', '") ~ "')" if named else 'false' }}
{%- endmacro %}


{#
    Flows of bulk sources that belong to the batch at hand: all of them outside a batch, and on other
    engines. The periods need no filter, since a batch sees the files of its periods only.
#}
{% macro in_batch(relation) -%}
    {{ is_bulk_source(relation ~ '.source_id') }}
    {%- if target.type == 'duckdb' %}
        and {{ relation }}.source_id = coalesce(getvariable('batch_source'), {{ relation }}.source_id)
        and {{ relation }}.product_code >= coalesce(getvariable('first_product'), '')
        and {{ relation }}.product_code < coalesce(getvariable('next_product'), '~')
    {%- endif %}
{%- endmacro %}


{#
    The same of a table by period that is read below another one: it has all periods. First and last
    period let the engine skip what lies outside; the list leaves out those between that are fresh.
#}
{% macro in_built_batch(relation) -%}
    {{ in_batch(relation) }}
    {%- if target.type == 'duckdb' %}
        and {{ relation }}.period between coalesce(getvariable('first_period'), '')
        and coalesce(getvariable('last_period'), '~')
        and coalesce(list_contains(getvariable('batch_periods'), {{ relation }}.period), true)
    {%- endif %}
{%- endmacro %}


{# Rows of the other sources: they are built beside the batches, all at once. #}
{% macro beside_batches(source_id) -%}
    not ({{ is_bulk_source(source_id) }})
    {%- if target.type == 'duckdb' %}
    and coalesce(getvariable('batch_source'), '-') = '-'
    {%- endif %}
{%- endmacro %}


{#
    Rows of a table by period that are due: small sources beside the batches, periods of bulk sources in
    theirs.
#}
{% macro is_due(relation) -%}
    (
        {{ beside_batches(relation ~ '.source_id') }}
        or {{ in_built_batch(relation) }}
    )
{%- endmacro %}


{#
    What a table depends on, walking up through views: landed sources, seeds and tables whose rows
    bear on it, tables by period, and the views themselves. What only rows beside the batches are
    made of (`meta.beside_batches`) is no input of a batch.
#}
{% macro inputs_by_kind(node, is_beside_batches=false) %}
    {% set found = {"landed": [], "rows": [], "by_period": [], "views": []} %}
    {% set seen = {} %}
    {% for name in node.config.meta.get("beside_batches", []) if not is_beside_batches %}
        {% do seen.update({"model." ~ project_name ~ "." ~ name: true}) %}
    {% endfor %}
    {% set todo = node.depends_on.nodes | list %}
    {% for _ in range(10000) if todo %}
        {% set unique_id = todo.pop() %}
        {% if unique_id not in seen %}
            {% do seen.update({unique_id: true}) %}
            {% if unique_id.startswith("source.") %}
                {% do found.landed.append(graph.sources[unique_id].name) %}
            {% elif unique_id.startswith("seed.") %}
                {% do found.rows.append(graph.nodes[unique_id]) %}
            {% else %}
                {% set parent = graph.nodes[unique_id] %}
                {% if parent.config.materialized == "by_period" %}
                    {% do found.by_period.append(parent) %}
                {% elif parent.config.materialized == "view" %}
                    {% do found.views.append(parent) %}
                    {% do todo.extend(parent.depends_on.nodes) %}
                {% else %}
                    {% do found.rows.append(parent) %}
                {% endif %}
            {% endif %}
        {% endif %}
    {% endfor %}
    {% do return(found) %}
{% endmacro %}


{# Names and types of the columns of these inputs: the hash of a row does not know them. #}
{% macro columns_of(nodes) -%}
    {%- set relations = [] -%}
    {%- for node in nodes -%}
        {%- do relations.append(node.schema ~ "." ~ node.alias) -%}
    {%- endfor -%}
    (
        select string_agg(
            concat_ws(':', schema_name, table_name, column_name, data_type), '|'
            order by schema_name, table_name, column_index
        )
        from duckdb_columns()
        where
            database_name = current_database()
            and list_contains({{ sql_text_list(relations) }}, schema_name || '.' || table_name)
    )
{%- endmacro %}


{#
    Hash of how a table is made (basis), and of all that its rows beside the batches are made of
    (fingerprint). It writes the temporary table `input_rows` of the small tables below: input, period,
    row_count, row_hash. The hash is a sum of hashes of rows, which no order of rows changes; tables
    without a column `period` have one period '*'.

    The names of each `exclude (...)` of a view stand at the end and sorted: DuckDB keeps them as a
    set, and gives them in another order in another process.
#}
{% macro basis_of(inputs, beside, input_rows) %}
    {% set parts = [] %}
    {% for node in beside.rows | sort(attribute="unique_id") %}
        {% set relation = api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.alias
        ) %}
        {% set columns = adapter.get_columns_in_relation(relation) | map(attribute="name") %}
        {% do parts.append(
            "select '" ~ node.name ~ "' as input, "
            ~ ("period" if "period" in columns else "'*'") ~ " as period, count(*) as row_count, "
            ~ "sum(hash(input_row)::hugeint) as row_hash from " ~ relation
            ~ " as input_row group by all"
        ) %}
    {% endfor %}
    {% do run_query("create or replace temp table " ~ input_rows ~ " as " ~ (
        parts | join(" union all ") if parts else
        "select null::varchar as input, null::varchar as period, 0 as row_count, "
        ~ "null::hugeint as row_hash where false"
    )) %}

    {% set made_of = [] %}
    {% set excluded = "'EXCLUDE \\([^)]*\\)'" %}
    {% for below, condition in [(inputs, "period = '*'"), (beside, "true")] %}
        {% set texts_columns_and_rows %}
            (
                select string_agg(
                    concat_ws('|', regexp_replace(sql, {{ excluded }}, 'EXCLUDE', 'g'),
                        array_to_string(list_sort(regexp_extract_all(array_to_string(
                            regexp_extract_all(sql, {{ excluded }}), ' '), '\w+')), ' ')),
                    '|' order by schema_name, view_name
                )
                from duckdb_views()
                where
                    list_contains({{ sql_text_list(below.views | map(attribute="alias")) }}, view_name)
                    and schema_name <> 'landing'
            ),
            {{ columns_of(below.rows) }},
            (
                select string_agg(
                    concat_ws(':', input, period, row_count, row_hash), '|' order by input, period
                )
                from {{ input_rows }}
                where
                    list_contains({{ sql_text_list(below.rows | map(attribute="name")) }}, input)
                    and {{ condition }}
            )
        {% endset %}
        {% do made_of.append(texts_columns_and_rows) %}
    {% endfor %}
    {% set found = run_query(
        "select concat_ws('|', " ~ made_of[0] ~ ") as basis, md5(concat_ws('|', " ~ made_of[1] ~ ", "
        ~ "(select string_agg(concat_ws(':', source_id, period, vintage, contract_fingerprint,"
        ~ " parquet_path), '|' order by source_id, period) from landing.deliveries where is_current"
        ~ " and list_contains(" ~ sql_text_list(beside.landed | reject("in", bulk_sources()))
        ~ ", source_id)), (select string_agg(concat_ws(':', table_name, basis, fingerprint), '|'"
        ~ " order by table_name) from landing.built_periods where source_id = '*' and list_contains("
        ~ sql_text_list(beside.by_period | map(attribute="name")) ~ ", table_name)))) as fingerprint"
    )[0] %}
    {% set own = [compiled_code] %}
    {% for column in model.columns.values() %}
        {% do own.append(column.name ~ " " ~ column.data_type) %}
    {% endfor %}
    {% do return({
        "basis": local_md5(own | join("|") ~ found["basis"]), "fingerprint": found["fingerprint"]
    }) %}
{% endmacro %}


{#
    Rows of a batch: var('batch_rows'), or as many as the memory limit has 500 bytes for.
    Measured: with 4 million rows at a time, on two threads, the process takes 2.5 GB.
#}
{% macro rows_of_batch() %}
    {% set found = run_query(
        "select cast(split_part(value, ' ', 1) as double) * power(1024, list_position("
        ~ "['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'], split_part(value, ' ', 2)) - 1)"
        ~ " from duckdb_settings() where name = 'memory_limit'"
    )[0][0] %}
    {% do return([var("batch_rows"), (found / 500) | int] | min if found else var("batch_rows")) %}
{% endmacro %}


{#
    Stale periods in batches of about so many (rows_of_batch) delivered rows: source_id, periods, files.
    It writes the temporary table `wanted` of the periods that the bulk sources have and the table should
    hold: source_id, period, row_count, file, fingerprint.
#}
{% macro stale_batches(wanted, inputs, input_rows, table_name, basis) %}
    {% set landed = inputs.landed | select("in", bulk_sources()) | list %}
    {% set upstream = inputs.by_period | map(attribute="name") | list %}
    {% do run_query(
        "create or replace temp table " ~ wanted ~ " as select deliveries.source_id, deliveries.period, deliveries.row_count, '" ~ landing_folder() | replace("'", "''")
        ~ "/' || parquet_path as file, md5(concat_ws('|', vintage, contract_fingerprint,"
        ~ " parquet_path, period_rows.hashes, upstream.fingerprints)) as fingerprint"
        ~ " from landing.deliveries as deliveries"
        ~ " left join (select period, string_agg(concat_ws(':', input, row_count, row_hash), '|'"
        ~ " order by input) as hashes from " ~ input_rows ~ " where list_contains("
        ~ sql_text_list(inputs.rows | map(attribute="name")) ~ ", input) group by period)"
        ~ " as period_rows on deliveries.period = period_rows.period"
        ~ " left join (select source_id, period, string_agg(table_name || basis || fingerprint, '|'"
        ~ " order by table_name) as fingerprints from landing.built_periods where list_contains("
        ~ sql_text_list(upstream) ~ ", table_name) group by all) as upstream on deliveries.source_id = upstream.source_id"
        ~ " and deliveries.period = upstream.period"
        ~ " where deliveries.is_current and deliveries.row_count > 0 and list_contains("
        ~ sql_text_list(landed or bulk_sources()) ~ ", deliveries.source_id)"
    ) %}
    {% set batch_rows = rows_of_batch() %}
    {% do return(run_query(
        "with stale as (select wanted.* from " ~ wanted ~ " as wanted left join"
        ~ " landing.built_periods as built on built.table_name = '" ~ table_name ~ "'"
        ~ " and built.source_id = wanted.source_id and built.period = wanted.period"
        ~ " and built.fingerprint = wanted.fingerprint and built.basis = '" ~ basis ~ "'"
        ~ " where built.table_name is null),"
        ~ " filled as (select *, sum(row_count) over (partition by source_id order by period)"
        ~ " - row_count as rows_before from stale)"
        ~ " select source_id, rows_before // " ~ batch_rows ~ " as batch_number,"
        ~ " sum(row_count) as row_count,"
        ~ " '[' || string_agg('''' || period || '''', ', ' order by period) || ']' as period_list,"
        ~ " '[' || string_agg('''' || replace(file, '''', '''''') || '''', ', ' order by period)"
        ~ " || ']' as file_list, min(period) as first_period, max(period) as last_period"
        ~ " from filled group by all order by all"
    )) %}
{% endmacro %}


{#
    Ranges of products, [first, next), that split a batch into parts of about rows_of_batch() rows:
    a period larger than that is built in several. Headings are kept together.
#}
{% macro parts_of_batch(row_count, inputs) %}
    {% set batch_rows = rows_of_batch() %}
    {% if row_count <= batch_rows * 1.5 %}
        {% do return([("", "~")]) %}
    {% endif %}
    {% if inputs.by_period %}
        {% set rows = inputs.by_period[0].relation_name ~ " as built where " ~ in_built_batch("built") %}
    {% else %}
        {% set stated = graph.nodes["model." ~ project_name ~ ".int_trade__flows_as_reported"] %}
        {% set rows = stated.relation_name ~ " as flows where " ~ in_batch("flows") %}
    {% endif %}
    {% set found = run_query(
        "with headings as (select left(product_code, 4) as heading, count(*) as row_count from "
        ~ rows ~ " group by all),"
        ~ " placed as (select heading, sum(row_count) over (order by heading) - row_count as"
        ~ " rows_before from headings)"
        ~ " select min(heading) as first_product from placed group by rows_before // "
        ~ batch_rows ~ " order by all"
    ) %}
    {% set firsts = found.columns[0].values()[1:] | list %}
    {% do return(zip([""] + firsts, firsts + ["~"]) | list) %}
{% endmacro %}


{#
    What a test of a table by period reads: rows that no passed test has read, and those that are
    built every time. A test of the whole table would cost nearly as much as building it;
    CHOKEPOINT_ALL_ROWS asks for that (`tools/check.py`).
#}
{% macro get_where_subquery(relation) -%}
    {%- set tables = [] -%}
    {%- if execute and not env_var('CHOKEPOINT_ALL_ROWS', '') -%}
        {%- for node in graph.nodes.values()
            if node.config.materialized == 'by_period' and node.relation_name == relation | string -%}
            {%- do tables.append(node.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if tables -%}
        (
            select * from {{ relation }}
            where (source_id, period) not in (
                select (source_id, period) from landing.built_periods
                where table_name = '{{ tables[0] }}' and is_tested
            )
            {%- if config.get('where') %} and ({{ config.get('where') }}){% endif %}
        ) as untested_rows
    {%- else -%}
        {{ default__get_where_subquery(relation) }}
    {%- endif -%}
{%- endmacro %}


{# Enters the periods of a table as tested where all its tests ran and passed. #}
{% macro mark_tested_periods(results) %}
    {% if not execute or target.type != "duckdb" %}
        {% do return("") %}
    {% endif %}
    {% set statuses = {} %}
    {% for result in results %}
        {# A test that stays as it is has passed on these rows. #}
        {% do statuses.update({
            result.node.unique_id: "pass" if result.status == "no-op" else result.status | string
        }) %}
    {% endfor %}
    {% for node in graph.nodes.values() if node.config.materialized == "by_period" %}
        {% set found = [] %}
        {% for test in graph.nodes.values()
            if test.resource_type == "test" and test.attached_node == node.unique_id %}
            {% do found.append(statuses.get(test.unique_id)) %}
        {% endfor %}
        {% if found and found | unique | list == ["pass"] %}
            {% do run_query(
                "update landing.built_periods set is_tested = true where table_name = '"
                ~ node.name ~ "' and not is_tested"
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}

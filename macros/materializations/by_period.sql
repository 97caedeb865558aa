{% materialization by_period, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set ledger = "landing.built_periods" -%}
    {%- set of_table = " where table_name = '" ~ model.name ~ "'" -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}

    {%- set inputs = inputs_by_kind(model) -%}
    {%- set beside = inputs_by_kind(model, is_beside_batches=true) -%}
    {%- set input_rows = "input_rows_of_" ~ model.name -%}
    {%- set wanted = "wanted_periods_of_" ~ model.name -%}
    {%- set made_of = basis_of(inputs, beside, input_rows) -%}
    {%- set basis = made_of["basis"] -%}
    {%- set entered_as = "'" ~ model.name ~ "', source_id, period, '" ~ basis ~ "'" -%}
    {%- set entered = run_query(
        "select fingerprint from " ~ ledger ~ of_table ~ " and source_id = '*' and basis = '" ~ basis ~ "'"
    ).columns[0].values() | list -%}
    {# The hash of how it is made does not know columns and rows that another version, or somebody
    by hand, has changed since. #}
    {% if entered and existing is not none and not run_query(
        "select any_value(shape) is not distinct from " ~ columns_of([{"schema": existing.schema,
        "alias": existing.identifier}]) ~ " and sum(table_rows) = (select count(*) from " ~ existing
        ~ ") as is_same from " ~ ledger ~ of_table
    )[0]["is_same"] %}
        {% do log(model.name ~ " is not what the ledger says: another version or somebody by hand has"
            ~ " written to it. It is built anew.", info=true) %}
        {% set entered = [] %}
    {% endif %}

    {% if existing is none or not existing.is_table or should_full_refresh() or not entered %}
        {% if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif %}
        {% call statement('create_empty') -%}
            {{ create_table_as(
                False, target_relation, "select * from (" ~ compiled_code ~ ") where false"
            ) }}
        {%- endcall %}
        {% do run_query("delete from " ~ ledger ~ of_table) %}
        {{ adapter.commit() }}
        {% set entered = [] %}
    {% endif %}

    {% do persist_docs(target_relation, model) %}

    {%- set columns = adapter.get_columns_in_relation(target_relation)
        | map(attribute="quoted") | join(", ") -%}
    {%- set insert = "insert into " ~ target_relation ~ " (" ~ columns ~ ") select " ~ columns
        ~ " from (\n" ~ compiled_code ~ "\n) as statement" -%}
    {%- set batches = stale_batches(wanted, inputs, input_rows, model.name, basis) -%}

    {# What was withdrawn goes. Only then are the periods of the table read: it may be large. #}
    {%- set withdrawn = run_query(
        "select source_id, period from " ~ ledger ~ of_table ~ " and source_id <> '*'"
        ~ " and (source_id, period) not in (select (source_id, period) from " ~ wanted ~ ")"
    ) -%}
    {% for row in withdrawn.rows %}
        {%- set of_period = " source_id = '" ~ row["source_id"] ~ "' and period = '" ~ row["period"] ~ "'" -%}
        {% do run_query("delete from " ~ target_relation ~ " where" ~ of_period) %}
        {% do run_query("delete from " ~ ledger ~ of_table ~ " and" ~ of_period) %}
    {% endfor %}

    {#
        Sources that are not bulk are small: all of them are built anew where one of them changed. Rows
        that come out as they were are left: a checkpoint after a delete moves far more than these.
    #}
    {%- set others = " where not (" ~ is_bulk_source("source_id") ~ ")" -%}
    {%- set made = "rows_beside_batches_of_" ~ model.name -%}
    {% call statement('main') -%}
        set variable batch_source = '-'
    {%- endcall %}
    {% if not entered %}
        {% do run_query(insert) %}
    {% elif entered != [made_of["fingerprint"]] %}
        {% do run_query(
            "create or replace temp table " ~ made ~ " as select " ~ columns ~ " from (\n"
            ~ compiled_code ~ "\n) as statement"
        ) %}
        {%- set is_same = run_query(
            "select count(distinct (row_count, row_hash)) = 1 as is_same from ("
            ~ "select count(*) as row_count, sum(hash(facts)::hugeint) as row_hash from " ~ made
            ~ " as facts union all select count(*), sum(hash(facts)::hugeint) from (select "
            ~ columns ~ " from " ~ target_relation ~ others ~ ") as facts)"
        )[0]["is_same"] -%}
        {% if not is_same %}
            {% do run_query("delete from " ~ target_relation ~ others) %}
            {% do run_query("insert into " ~ target_relation ~ " by name from " ~ made) %}
        {% endif %}
        {% do run_query("drop table " ~ made) %}
        {% do run_query("delete from " ~ ledger ~ of_table ~ " and source_id = '*'") %}
    {% endif %}
    {% if entered != [made_of["fingerprint"]] %}
        {% do run_query(
            "insert into " ~ ledger ~ " select " ~ entered_as ~ ", '" ~ made_of["fingerprint"] ~ "', '"
            ~ invocation_id ~ "', true, (select count(*) from " ~ target_relation ~ others ~ "), "
            ~ columns_of([model]) ~ " from (select '*' as source_id, '*' as period)"
        ) %}
    {% endif %}
    {{ adapter.commit() }}

    {% for batch in batches.rows %}
        {%- set of_batch = " source_id = '" ~ batch["source_id"] ~ "' and period in "
            ~ "(select unnest(" ~ batch["period_list"] ~ "))" -%}
        {%- set variables = {
            "batch_source": "'" ~ batch["source_id"] ~ "'",
            "batch_files_" ~ batch["source_id"]: batch["file_list"],
            "batch_periods": batch["period_list"],
            "first_period": "'" ~ batch["first_period"] ~ "'",
            "last_period": "'" ~ batch["last_period"] ~ "'",
        } -%}
        {% for name, value in variables.items() %}
            {% do run_query("set variable " ~ name ~ " = " ~ value) %}
        {% endfor %}
        {% call statement('batch') -%}
            delete from {{ target_relation }} where {{ of_batch }}
        {%- endcall %}
        {% for first_product, next_product in parts_of_batch(batch["row_count"], inputs) %}
            {% do run_query(
                "set variable first_product = '" ~ first_product ~ "'; set variable next_product = '"
                ~ next_product ~ "'"
            ) %}
            {% do run_query(insert) %}
        {% endfor %}
        {% do run_query("delete from " ~ ledger ~ of_table ~ " and" ~ of_batch) %}
        {% do run_query(
            "insert into " ~ ledger ~ " select " ~ entered_as ~ ", fingerprint, '" ~ invocation_id
            ~ "', false, coalesce(row_count_built, 0), null from " ~ wanted ~ " left join (select"
            ~ " period as period_built, count(*) as row_count_built from " ~ target_relation
            ~ " where" ~ of_batch ~ " group by all) on period = period_built where" ~ of_batch
        ) %}
        {{ adapter.commit() }}
        {% for name in variables.keys() | list + ["first_product", "next_product"] %}
            {% do run_query("reset variable " ~ name) %}
        {% endfor %}
    {% endfor %}

    {% do run_query("reset variable batch_source") %}
    {% do run_query("drop table " ~ wanted) %}
    {% do run_query("drop table " ~ input_rows) %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization by_period, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set inputs = inputs_by_kind(model) -%}
    {%- set basis = basis_of(inputs) -%}
    {%- set ledger = "landing.built_periods" -%}
    {%- set of_table = " where table_name = '" ~ model.name ~ "'" -%}
    {%- set entered_as = "'" ~ model.name ~ "', source_id, period, '" ~ basis ~ "'" -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {%- set is_known = run_query(
        "select count(*) from " ~ ledger ~ of_table ~ " and source_id = '*' and basis = '" ~ basis ~ "'"
    )[0][0] > 0 -%}

    {% if existing is none or not existing.is_table or should_full_refresh() or not is_known %}
        {% if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif %}
        {% call statement('create_empty') -%}
            {{ create_table_as(
                False, target_relation, "select * from (" ~ compiled_code ~ ") where false"
            ) }}
        {%- endcall %}
        {% do persist_docs(target_relation, model) %}
        {% do run_query("delete from " ~ ledger ~ of_table) %}
        {% do run_query(
            "insert into " ~ ledger ~ " select " ~ entered_as ~ ", '', '" ~ invocation_id ~ "', true from (select '*' as source_id, '*' as period)"
        ) %}
        {{ adapter.commit() }}
    {% endif %}

    {%- set wanted = "wanted_periods_of_" ~ model.name -%}
    {% do run_query("create or replace temp table " ~ wanted ~ " as " ~ wanted_periods(inputs)) %}
    {%- set columns = adapter.get_columns_in_relation(target_relation)
        | map(attribute="quoted") | join(", ") -%}
    {%- set insert = "insert into " ~ target_relation ~ " (" ~ columns ~ ") select " ~ columns
        ~ " from (\n" ~ compiled_code ~ "\n) as statement" -%}
    {%- set batches = stale_batches("from " ~ wanted, model.name, basis) -%}

    {# Sources that are not bulk are small, and built anew; what was withdrawn goes with them. #}
    {%- set withdrawn = "select (source_id, period) from " ~ ledger ~ of_table
        ~ " and source_id <> '*' and (source_id, period) not in (select (source_id, period) from "
        ~ wanted ~ ")" -%}
    {% do run_query("set variable batch_source = '-'") %}
    {% call statement('main') -%}
        delete from {{ target_relation }}
        where not ({{ is_bulk_source('source_id') }}) or (source_id, period) in ({{ withdrawn }})
    {%- endcall %}
    {% do run_query(
        "delete from " ~ ledger ~ of_table ~ " and (source_id, period) in (" ~ withdrawn ~ ")"
    ) %}
    {% do run_query(insert) %}
    {{ adapter.commit() }}

    {% for batch in batches.rows %}
        {%- set of_batch = " source_id = '" ~ batch["source_id"] ~ "' and period in "
            ~ "(select unnest(" ~ batch["period_list"] ~ "))" -%}
        {% for name, value in [
            ("batch_source", "'" ~ batch["source_id"] ~ "'"),
            ("batch_files_" ~ batch["source_id"], batch["file_list"]),
            ("batch_periods", batch["period_list"]),
            ("first_period", "'" ~ batch["first_period"] ~ "'"),
            ("last_period", "'" ~ batch["last_period"] ~ "'"),
        ] %}
            {% do run_query("set variable " ~ name ~ " = " ~ value) %}
        {% endfor %}
        {% call statement('batch') -%}
            delete from {{ target_relation }} where {{ of_batch }}
        {%- endcall %}
        {% for first_product, next_product in parts_of_batch(batch["row_count"], inputs) %}
            {% do run_query("set variable first_product = '" ~ first_product ~ "'") %}
            {% do run_query("set variable next_product = '" ~ next_product ~ "'") %}
            {% do run_query(insert) %}
        {% endfor %}
        {% do run_query("delete from " ~ ledger ~ of_table ~ " and" ~ of_batch) %}
        {% do run_query(
            "insert into " ~ ledger ~ " select " ~ entered_as ~ ", fingerprint, '" ~ invocation_id ~ "', false from " ~ wanted ~ " where" ~ of_batch
        ) %}
        {{ adapter.commit() }}
        {% for name in [
            "batch_files_" ~ batch["source_id"], "batch_periods", "first_period", "last_period",
            "first_product", "next_product",
        ] %}
            {% do run_query("reset variable " ~ name) %}
        {% endfor %}
    {% endfor %}

    {% do run_query("reset variable batch_source") %}
    {% do run_query("drop table " ~ wanted) %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#
    Makes one view `landing.<source>` per landed source, over the Parquet files of the
    vintage that counts for each period: the latest one known on `var('known_on')`.
    Runs at the start of every dbt run. The file list is resolved here, so that a model
    never opens a file it does not need and a half-landed file is never seen: only files
    that the manifest names exist for the models.
#}
{% macro register_landing() %}
    {% if not execute %}
        {% do return("") %}
    {% endif %}
    {% set landing_dir = landing_folder() %}
    {% do run_query("create schema if not exists landing") %}
    {# The manifest, one row per (source, period, vintage), with the vintage that counts marked. #}
    {% set columns %}{
        source_id: 'varchar', period: 'varchar', vintage: 'varchar', file_name: 'varchar',
        file_sha256: 'varchar', file_size_bytes: 'bigint', known_on: 'date',
        landed_at: 'timestamptz', contract_fingerprint: 'varchar', row_count: 'bigint',
        quarantined_count: 'bigint', parquet_path: 'varchar', test_of: 'varchar'
    }{% endset %}
    {% set known_on = var("known_on") or "9999-12-31" %}
    {% set deliveries %}
    create or replace table landing.deliveries as
    select
        *,
        known_on <= date '{{ known_on }}'
        and row_number() over (
            partition by source_id, period
            order by known_on <= date '{{ known_on }}' desc, known_on desc, landed_at desc
        ) = 1 as is_current,
    from
        {% if glob_files(landing_dir ~ "/_manifest/*/*.json") -%}
            read_json({{ sql_text_list([landing_dir ~ "/_manifest/*/*.json"]) }}, columns = {{ columns }})
        {%- else -%}
            (select unnest([]::struct(
                source_id varchar, period varchar, vintage varchar, file_name varchar,
                file_sha256 varchar, file_size_bytes bigint, known_on date,
                landed_at timestamptz, contract_fingerprint varchar, row_count bigint,
                quarantined_count bigint, parquet_path varchar, test_of varchar
            )[], recursive := true))
        {%- endif %}
    {% endset %}
    {% do create_from_files("deliveries", deliveries) %}
    {% set refused_lines = glob_files(landing_dir ~ "/_quarantine/*/*-*.parquet", "/refused/") %}
    {% set quarantined_rows %}
    create or replace view landing.quarantined_rows as
    select
        source_id::varchar as source_id,
        vintage::varchar as vintage,
        file_name::varchar as file_name,
        line_number::bigint as line_number,
        column_name::varchar as column_name,
        value::varchar as value,
        reason::varchar as reason,
        remedy::varchar as remedy,
        row_text::varchar as row_text,
    from
        {% if refused_lines -%}
            read_parquet({{ sql_text_list(refused_lines) }}, union_by_name = true)
        {%- else -%}
            (select
                null as source_id, null as vintage, null as file_name, null as line_number,
                null as column_name, null as value, null as reason, null as remedy,
                null as row_text
            where false)
        {%- endif %}
    {% endset %}
    {% do create_from_files("quarantined_rows", quarantined_rows) %}
    {% if target.type == "duckdb" %}
        {% do make_ledger() %}
    {% endif %}

    {% set current_files = query_files(
        "select source_id, parquet_path from landing.deliveries where is_current order by all"
    ) %}
    {% if current_files | length == 0 %}
        {% set first = query_files(
            "select min(known_on)::varchar as day from landing.deliveries"
        )[0]["day"] %}
        {% if first %}
            {% do exceptions.raise_compiler_error(
                "nothing was known on " ~ var("known_on") ~ ": the first delivery counts from "
                ~ first ~ "; give that day or a later one as known_on"
            ) %}
        {% endif %}
        {% do exceptions.raise_compiler_error(
            "nothing has landed under " ~ env_var("CHOKEPOINT_DATA_DIR", "data") ~ "/landing: run `chokepoint land` (or `make build`)"
        ) %}
    {% endif %}
    {% set files = {} %}
    {% for row in current_files %}
        {% set path = landing_dir ~ "/" ~ row["parquet_path"] %}
        {% do files.setdefault(row["source_id"], []).append(path) %}
    {% endfor %}

    {% for source in graph.sources.values() if source.source_name == "landing" %}
        {% if source.name in ("deliveries", "quarantined_rows") %}
        {% elif source.name in files %}
            {% do run_query(landed_view_ddl(source, files[source.name])) %}
        {% else %}
            {# Nothing landed for this source: an empty view keeps the models standing. #}
            {% set rowless = no_row_of(source) %}
            {% do run_query(
                "create or replace view landing." ~ source.name ~ " as "
                ~ (rowless if target.type == "duckdb" else adapter.to_spark(rowless))
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{#
    A query with the columns of a landed source and no row; every source has the last two, whether its
    yml lists them or not.
#}
{% macro no_row_of(source) %}
    {% set columns = [] %}
    {% for column in source.columns.values() if column.name not in ["line_number", "vintage"] %}
        {% do columns.append("null::" ~ column.data_type ~ " as " ~ column.name ~ ", ") %}
    {% endfor %}
    {{ return(
        "select " ~ columns | join
        ~ "null::integer as line_number, null::varchar as vintage where false"
    ) }}
{% endmacro %}


{#
    What reads the files of deliveries themselves is the engine's own affair: DuckDB does it in the
    warehouse, Spark beside it (macros/engines.sql).
#}
{% macro landed_view_ddl(source, files) %}
    {% if target.type != "duckdb" %}
        {# One scan of all files of a source, with the name of each as its vintage. #}
        {% set columns = source.columns.keys() | reject("in", ["line_number", "vintage"]) %}
        {% do return(
            "create or replace view landing." ~ source.name ~ " as select " ~ columns | join(", ")
            ~ ", line_number, regexp_replace(_metadata.file_name, '[.]parquet$', '') as vintage"
            ~ " from parquet.`" ~ adapter.one_path(files) ~ "`"
        ) %}
    {% endif %}
    {% set list = sql_text_list(files) %}
    {# A batch of a table by period sees its own files only: macros/by_period.sql. #}
    {% if source.name in bulk_sources() %}
        {% set list = "coalesce(getvariable('batch_files_" ~ source.name ~ "'), " ~ list ~ ")" %}
    {% endif %}
    {% set read = "select * exclude (filename), parse_filename(filename, true) as vintage"
        ~ " from read_parquet(" ~ list ~ ", filename = true" %}
    {% if source.name in bulk_sources() %}
        {% set read = read ~ ")" %}
    {% else %}
        {# What landed before a column was known has none of it. #}
        {% set read = read ~ ", union_by_name = true) union all by name " ~ no_row_of(source) %}
    {% endif %}
    {{ return("create or replace view landing." ~ source.name ~ " as " ~ read) }}
{% endmacro %}


{#
    The ledger of tables by period (macros/by_period.sql): one row per table, source and period it
    holds, and one per table (source and period '*') for how it is made. `built_by` is the dbt run that
    built it, `table_rows` counts the rows that it then had; `shape` names the table's columns with their
    types. A period is tested once all tests of the table have passed on it.

    A ledger that another version made says nothing here: without it every period is built anew.
#}
{% macro make_ledger() %}
    {# Raise it when an older version would take entries of this one for its own. #}
    {% set format = 1 %}
    {% set ledger %}
    create table if not exists landing.built_periods (
        table_name varchar,
        source_id varchar,
        period varchar,
        basis varchar,
        fingerprint varchar,
        built_by varchar,
        is_tested boolean,
        table_rows bigint,
        shape varchar
    )
    {% endset %}
    {% do run_query(
        ledger | replace("table if not exists landing.", "or replace temp table ")
    ) %}
    {% set comments = run_query(
        "select comment from duckdb_tables() where schema_name = 'landing' and table_name = 'built_periods'"
        ~ " and database_name = current_database()"
    ).columns[0].values() %}
    {% set found = modules.re.findall("^format (\\d+)$", comments[0] or "") if comments else [] %}
    {% if found and found[0] | int > format %}
        {% do exceptions.raise_compiler_error(
            "the warehouse was built by a newer version of the project (its ledger has format "
            ~ found[0] ~ ", this one knows " ~ format ~ "): build with that version, or "
            ~ "take data/warehouse away (`chokepoint build --full`)"
        ) %}
    {% endif %}
    {% set columns = "list((column_name, data_type) order by column_index)" %}
    {% set is_other = query_files(
        "select coalesce((select " ~ columns ~ " from duckdb_columns() where schema_name = 'landing'"
        ~ " and table_name = 'built_periods' and database_name = current_database()) <> (select " ~ columns ~ " from duckdb_columns()"
        ~ " where database_name = 'temp' and table_name = 'built_periods'), false) as is_other"
    )[0]["is_other"] %}
    {% do run_query("drop table temp.main.built_periods") %}
    {% if is_other %}
        {% do run_query("drop table landing.built_periods") %}
    {% endif %}
    {% do run_query(ledger) %}
    {% do run_query("comment on table landing.built_periods is 'format " ~ format ~ "'") %}
{% endmacro %}


{# Where deliveries have landed, as `read_*()` and `glob()` take a path: without patterns. #}
{% macro landing_folder() %}
    {% set folder = env_var("CHOKEPOINT_DATA_DIR", "data") %}
    {% set plain = folder | replace("[", "[[]") | replace("*", "[*]") | replace("?", "[?]") %}
    {% do return(plain ~ "/landing") %}
{% endmacro %}


{# Files that match a pattern, without those whose path holds `without`, ready to be read. #}
{% macro glob_files(pattern, without="") %}
    {% set rows = query_files(
        "select file from glob(" ~ sql_text_list([pattern]) ~ "[1]) order by file"
    ) %}
    {% set files = [] %}
    {% for row in rows if not without or without not in row["file"] %}
        {% do files.append(
            row["file"] | replace("[", "[[]") | replace("*", "[*]") | replace("?", "[?]")
        ) %}
    {% endfor %}
    {% do return(files) %}
{% endmacro %}


{# A list of texts as a SQL list literal. #}
{% macro sql_text_list(texts) %}
    {%- set quoted = [] -%}
    {%- for text in texts -%}
        {%- do quoted.append("'" ~ text | replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {%- do return("[" ~ quoted | join(", ") ~ "]") -%}
{% endmacro %}

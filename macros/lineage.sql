{#
    Lineage to rows: which lines of which files a published row was made of.

    Landed rows carry the line they were delivered on. Rows of seeds do not; dbt loads a seed in the
    order of its file, so that the line follows from the row's place in the table. That is DuckDB's own
    affair: on other engines the models of lineage are not built.
#}


{#
    Seeds whose rows are told apart in lineage, and the columns that name a row of each. The key of a
    row is their text, joined by `|`.
#}
{% macro seeds_with_lines() %}
    {% do return({
        "measures": ["measure_id"],
        "law_acts": ["act_id"],
        "measure_clauses": ["measure_id", "clause_id"],
        "measure_relations": ["relation_id"],
        "measure_scope": ["scope_id"],
        "measure_status": ["status_id"],
        "composition_rules": ["rule_id"],
        "cn8_crosswalk": ["measure_id", "material", "cn8_2025"],
        "licensing_stats": ["stat_id"],
        "commitments": ["commitment_id"],
        "events": ["event_id"],
        "macro_facts": ["fact_id"],
        "crm2017_assessment_inputs": ["material", "stage"],
        "crm2023_assessment_inputs": ["material", "stage"],
        "crm2023_eu_sourcing_shares": ["material", "stage", "country_as_printed"],
        "eol_rir": ["material", "stage"],
        "crm_criticality_history": ["material", "assessment_year"],
        "chips_hs8542_top5_suppliers": ["year", "importer_iso3", "exporter_iso3"],
        "chips_hs8542_totals": ["year", "iso3"],
    }) %}
{% endmacro %}


{#
    Published tables whose rows are rows of one seed: their key column, the seed and the role of the
    row. Each row has one line.
#}
{% macro relations_like_seeds() %}
    {% do return({
        "dim_measure": ["measure_id", "measures"],
        "dim_measure_scope": ["scope_id", "measure_scope"],
        "dim_composition_rule": ["rule_id", "composition_rules"],
        "fct_state_claims": ["claim_id", "measure_status"],
        "fct_events": ["event_id", "events"],
    }) %}
{% endmacro %}


{# Paths of the seeds' files in the project. #}
{% macro seed_paths() %}
    {% set paths = [] %}
    {% if execute %}
        {% for seed in graph.nodes.values() if seed.resource_type == "seed" %}
            {% do paths.append(seed.original_file_path) %}
        {% endfor %}
    {% endif %}
    {% do return(paths | sort) %}
{% endmacro %}


{#
    Every published model with each raw table that it reads, as a query: schema, relation, file of the
    model, its checksum, kind and name of the raw table.
#}
{% macro published_models_and_raw_tables() %}
    {% set rows = [] %}
    {% set known = {} %}
    {% if execute %}
        {% for node in graph.nodes.values()
            if node.resource_type == "model" and node.fqn[1] in ("marts", "reports") %}
            {% set model = [
                sql_text(node.schema), sql_text(node.alias), sql_text(node.original_file_path),
                sql_text(node.checksum.checksum),
            ] %}
            {% for kind, name in raw_tables_below(node.unique_id, known) or [("none", "none")] %}
                {% do rows.append(
                    "(" ~ (model + [sql_text(kind), sql_text(name)]) | join(", ") ~ ")"
                ) %}
            {% endfor %}
        {% endfor %}
    {% endif %}
    {% set columns = [
        "schema_name", "relation_name", "model_path", "model_sha256", "delivery_kind", "table_name",
    ] %}
    {% if rows %}
    select * from (values
        {{ rows | sort | join(",\n        ") }}
    ) as published_models ({{ columns | join(", ") }})
    {% else %}
    select
        {% for column in columns %}cast(null as varchar) as {{ column }}, {% endfor %}
    where false
    {% endif %}
{% endmacro %}


{#
    The raw tables that a node reads through any number of models: (kind, name) of seeds and landed
    sources. `known` keeps what was found of each node, so that every node is looked at once.
#}
{% macro raw_tables_below(unique_id, known) %}
    {% if unique_id not in known %}
        {% set found = {} %}
        {% for parent in graph.nodes[unique_id].depends_on.nodes %}
            {% if parent.startswith("source.") %}
                {% set name = graph.sources[parent].name %}
                {% if name not in ("deliveries", "quarantined_rows") %}
                    {% do found.update({("landed file", name): true}) %}
                {% endif %}
            {% elif parent.startswith("seed.") %}
                {% do found.update({("seed", graph.nodes[parent].name): true}) %}
            {% elif parent in graph.nodes %}
                {% do found.update(raw_tables_below(parent, known)) %}
            {% endif %}
        {% endfor %}
        {% do known.update({unique_id: found}) %}
    {% endif %}
    {% do return(known[unique_id]) %}
{% endmacro %}


{#
    Rows of a mart that are asked for in reports.lineage, with their key as JSON in `row_key` and, in
    `origin_key`, the part of it that meta.row_origins goes by. The arguments of the macro are
    constants where it is called, so that the filters reach the table.
#}
{% macro asked_rows(relation, columns, origin_columns=none) -%}
    select
        marts_rows.*,
        '{{ relation }}' as of_relation,
        {{ key_json(columns, 'marts_rows') }} as row_key,
        {{ key_json(origin_columns or columns, 'marts_rows') }} as origin_key,
    from {{ ref(relation) }} as marts_rows
    where
        {{ asked_relation() }} = '{{ relation }}'
        {%- for column in columns %}
        and {{ is_asked('marts_rows', column) }}
        {%- endfor %}
        and coalesce(
            list_has_all(
                {{ columns | tojson | replace('"', "'") }},
                json_keys(json_extract_string(to_json(key), '$'))
            ),
            true
        )
{%- endmacro %}


{# The relation asked for, with or without its schema. #}
{% macro asked_relation() -%}
    regexp_replace(lower(cast(relation as varchar)), '^.*[.]', '')
{%- endmacro %}


{# Whether a row has what the key says of a column. A key is a constant: one of the two is left. #}
{% macro is_asked(rows, column) -%}
    (
            {{ asked_value(column) }} is null
            or cast({{ rows }}.{{ column }} as varchar) = {{ asked_value(column) }}
        )
{%- endmacro %}


{# What the key says of a column; null where it says nothing. A key is a struct or JSON text. #}
{% macro asked_value(column) -%}
    json_extract_string(json_extract_string(to_json(key), '$'), '$.{{ column }}')
{%- endmacro %}


{# A key as JSON text, in the order of the columns. #}
{% macro key_json(columns, relation) -%}
    cast(
            json_object(
                {%- for column in columns %}
                '{{ column }}', cast({{ relation }}.{{ column }} as varchar){{ ',' if not loop.last }}
                {%- endfor %}
            ) as varchar
        )
{%- endmacro %}


{#
    Lines of imports that rows of trade are made of: those of the reporter itself, and for the EU27,
    where the source has every member, those of the members.
#}
{% macro import_lines_of(rows, role, condition='true') -%}
    {%- set imports = [
        rows ~ ".period = trade_lines.period",
        "trade_lines.flow = 'import'",
        "trade_lines.partner_code is distinct from trade_lines.reporter_code",
        "(" ~ condition ~ ")",
    ] -%}
    {%- set own = [rows ~ ".reporter_code = trade_lines.reporter_code"] -%}
    {%- set members = [
        rows ~ ".reporter_code = 'EU27'",
        "trade_lines.is_eu_reporter",
        is_source_with("trade_lines.source_id", 'has_every_member', 'dim_trade_source'),
    ] -%}
    {{ trade_lines_of(rows, role, (imports + own) | join(' and ')) }}
    union all
    {{ trade_lines_of(rows, role, (imports + members) | join(' and ')) }}
{%- endmacro %}


{#
    Lines of meta.row_origins for rows that are asked for: those of a relation with the same key, or
    as `condition` says.
#}
{% macro origins_of(rows, relation, role='row_origins.role', condition=none) -%}
    select
        {{ rows }}.of_relation,
        {{ rows }}.row_key,
        {{ role }} as role,
        row_origins.table_name,
        row_origins.vintage,
        row_origins.act_id,
        row_origins.clause_id,
        row_origins.lines,
        row_origins.first_line,
        row_origins.last_line,
        row_origins.line_count,
    from {{ rows }}
    inner join row_origins
        on
            row_origins.relation_name = '{{ relation }}'
            and {{ condition or rows ~ '.origin_key = row_origins.row_key' }}
{%- endmacro %}


{#
    Lines of trade for rows that are asked for: those with the same values of some columns that fit
    `condition`.
#}
{% macro trade_lines_of(
    rows, role, condition, same=['source_id', 'nomenclature', 'product_code']
) -%}
    select
        {{ rows }}.of_relation,
        {{ rows }}.row_key,
        {{ role }} as role,
        trade_lines.table_name,
        trade_lines.vintage,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
        trade_lines.lines,
        trade_lines.first_line,
        trade_lines.last_line,
        trade_lines.line_count,
    from {{ rows }}
    inner join trade_lines
        on
            {%- for column in same %}
            {{ rows }}.{{ column }} = trade_lines.{{ column }} and
            {%- endfor %}
            {{ condition }}
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

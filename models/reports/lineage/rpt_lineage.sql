{{ config(
    materialized='table_function',
    alias='lineage',
    parameters=['relation', 'key := null'],
    contract={'enforced': false}
) }}

{#- Relations that say `traced_by`: dbt has to know them before it knows the yml. -#}
{%- for name in [
    'dim_composition_rule', 'dim_measure', 'dim_measure_scope', 'dim_scenario',
    'fct_commitment_scorecard', 'fct_dependency_indicators', 'fct_events', 'fct_flow_continuity',
    'fct_import_concentration', 'fct_licence_claims', 'fct_licence_durations',
    'fct_measure_states', 'fct_partner_shares', 'fct_press_flow_claims', 'fct_state_claims',
    'fct_stock_cover', 'fct_supply_risk', 'fct_trade_under_measures',
] %}{% do ref(name) %}{% endfor -%}

{%- set asked_relation = "regexp_replace(lower(cast(relation as varchar)), '^.*[.]', '')" -%}
{%- set asked_key = "json_extract_string(to_json(key), '$')" -%}
{%- set relations = nodes_of('model') | selectattr('config.meta.traced_by') | list -%}
{%- set names = relations | map(attribute='name') | join("', '") -%}
{%- set ways, sources = [], 'dim_trade_source' -%}
{%- for traced in relations -%}
    {%- for way in traced.config.meta.traced_by -%}
        {%- do ways.append([traced.name, way]) -%}
    {%- endfor -%}
{%- endfor %}

with

-- Parameters shadow columns of the same name: no column here may be called relation or key.
row_origins as (select * from {{ ref('meta_row_origins') }}),
delivery_files as (select * from {{ ref('meta_delivery_files') }}),

-- Rows are traced to lines of their own source, nomenclature and product: of what the key names, no
-- other line can be found.
trade_lines as (
    select
        *,
        flow = 'import' and coalesce(partner_code <> reporter_code, true) as is_import,
        flow = 'import' and {{ is_source_with('source_id', 'has_both_sides', sources) }}
            as is_reconciled,
        is_eu_reporter and {{ is_source_with('source_id', 'has_every_member', sources) }}
            as is_of_member,
        source_id = 'baci_eu27_figures' as is_of_the_eu,
    from {{ ref('meta_trade_lines') }}
    where
        {{ asked_relation }}
        in ({% for name, way in ways if way.trade %}'{{ name }}', {% endfor %}'')
        {%- for column in ['source_id', 'nomenclature', 'product_code'] %}
        {%- set value = "json_extract_string(" ~ asked_key ~ ", '$." ~ column ~ "')" %}
        and ({{ value }} is null or {{ column }} = {{ value }})
        {%- endfor %}
),

in_dollars as (
    select distinct source_id from {{ ref('meta_trade_lines') }}
    where currency = 'USD'
),

-- What a line counts as, and for whom. Where a source reconciles both sides, an import is an export
-- of the partner, too; imports of the EU27 are those of its members, if the source has all of them.
counted_lines as (
    select
        * exclude (counts) replace (counts.of_whom as reporter_code),
        counts.trade as relation_name,
        case when is_reconciled then is_eu_reporter else flow = 'import' end as stays_in_eu,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
    from (
        select
            *,
            unnest([
                struct_pack(trade := 'stated', of_whom := reporter_code, is_so := true),
                struct_pack(trade := 'imports', of_whom := reporter_code, is_so := is_import),
                struct_pack(trade := 'imports', of_whom := 'EU27', is_so := is_import
                    and is_of_member),
                struct_pack(trade := 'exports', of_whom := partner_code, is_so := is_reconciled),
                struct_pack(trade := 'exports', of_whom := 'EU27', is_so := is_reconciled
                    and is_intra_eu_partner),
                struct_pack(trade := 'exports', of_whom := reporter_code, is_so := is_of_the_eu
                    and (flow = 'export' or is_intra_eu_partner)),
                struct_pack(trade := 'world_exports', of_whom := 'all', is_so := is_reconciled
                    or is_of_the_eu and flow = 'export' and reporter_code <> 'EU27')
            ]) as counts,
        from trade_lines
    ) as counted
    where counts.is_so
),

{% for traced in relations -%}
{%- set columns = traced.config.meta.row_key -%}
{{ traced.name }} as (
    select
        *,
        '{{ traced.name }}' as of_relation,
        {{ key_json(columns) }} as row_key,
    from {{ ref(traced.name) }}
    where
        {{ asked_relation }} = '{{ traced.name }}'
        {%- for column in columns %}
        {%- set value = "json_extract_string(" ~ asked_key ~ ", '$." ~ column ~ "')" %}
        and ({{ value }} is null or cast({{ column }} as varchar) = {{ value }})
        {%- endfor %}
        and coalesce(list_has_all({{ sql_text_list(columns) }}, json_keys({{ asked_key }})), true)
),

{% endfor -%}

found as (
    {%- for name, way in ways or [['row_origins', {'by': ['row_key']}]] %}
    select
        asked.of_relation,
        asked.row_key,
        {{ way.role or 'origins.role' }} as role,
        origins.table_name,
        origins.vintage,
        origins.act_id,
        origins.clause_id,
        -- A range is exact where every line in it counts.
        case
            when origins.lines is not null then origins.lines
            when origins.line_count = origins.last_line - origins.first_line + 1
                then origins.first_line || '-' || origins.last_line
        end as exact_lines,
        origins.first_line,
        origins.last_line,
        origins.line_count,
    from (
        select
            *,
            {%- for column in way.by %}
            {{ way.by[column] if way.by is mapping else column }} as by_{{ column }},
            {%- endfor %}
        from {{ name }}
    ) as asked
    inner join {{ 'counted_lines' if way.trade else 'row_origins' }} as origins
        on
            origins.relation_name = '{{ way.trade or way.of }}'
            {%- for column in way.by %}
            and cast(asked.by_{{ column }} as varchar) = {{ 'origins.' ~ column
                if way.trade else "json_extract_string(origins.row_key, '$." ~ column ~ "')" }}
            {%- endfor %}
    where {{ way.where or 'true' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- The lines of several partners may follow each other.
by_file as (
    select
        * exclude (exact_lines, first_line, last_line, line_count),
        case
            when count(exact_lines) = count(*)
                then list_sort(flatten(list_transform(
                    string_split(string_agg(exact_lines, ', '), ', '),
                    lambda part: range(
                        cast(string_split(part, '-')[1] as bigint),
                        cast(string_split(part, '-')[-1] as bigint) + 1
                    )
                )))
        end as line_numbers,
        min(first_line) as first_line,
        max(last_line) as last_line,
        sum(line_count) as line_count,
    from found
    group by all
),

traced as (
    select
        * exclude (line_numbers),
        case when line_numbers is null then 'line_range' else 'line' end as grain,
        {{ line_ranges('line_numbers') }} as lines,
    from by_file
    -- A month without trade has no line: what tells of it is that the file was delivered.
    union all by name
    select
        continuity.of_relation,
        continuity.row_key,
        'month' as role,
        'no_line' as grain,
        delivery_files.table_name,
        delivery_files.vintage,
        0 as line_count,
    from fct_flow_continuity as continuity
    inner join delivery_files
        on
            continuity.source_id = delivery_files.table_name
            and continuity.period between delivery_files.first_period and delivery_files.last_period
            and delivery_files.is_current
    anti join by_file
        on continuity.row_key = by_file.row_key and by_file.role = 'month'
    where continuity.reading <> 'missing'
    -- Rows of other relations are not told apart: the files that theirs can come from.
    union all by name
    select
        relation_origins.relation_name as of_relation,
        relation_origins.delivery_kind as role,
        'relation' as grain,
        relation_origins.table_name,
        delivery_files.vintage,
    from {{ ref('meta_relation_origins') }} as relation_origins
    left join delivery_files
        on
            relation_origins.table_name = delivery_files.table_name
            and delivery_files.is_current
    where
        relation_origins.relation_name = {{ asked_relation }}
        and relation_origins.relation_name not in ('{{ names }}')
    union all by name
    select
        {{ asked_relation }} as of_relation,
        'written_by_publishing' as role,
        'relation' as grain,
        'none' as table_name,
    where {{ asked_relation }} in (
        'build', 'check_results', 'relations', 'dictionary', 'inputs', 'changes'
    )
)

select
    traced.of_relation as relation_name,
    traced.row_key,
    traced.role,
    traced.grain,
    delivery_files.source_id,
    table_name,
    vintage,
    delivery_files.file_name,
    delivery_files.file_sha256,
    traced.lines,
    traced.act_id,
    traced.clause_id,
    delivery_files.data_origin,
    traced.first_line,
    traced.last_line,
    cast(traced.line_count as integer) as line_count,
from traced
left join delivery_files
    using (table_name, vintage)
order by
    relation_name, traced.row_key, traced.role, table_name, vintage, traced.act_id,
    traced.clause_id

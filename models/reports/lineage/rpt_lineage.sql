{{ config(
    materialized='table_function',
    alias='lineage',
    parameters=['relation', 'key := null'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}

{#- Relations that say `traced_by`: dbt has to know them before it knows the yml. -#}
{%- for name in [
    'dim_composition_rule', 'dim_measure', 'dim_measure_scope', 'dim_scenario',
    'fct_commitment_scorecard', 'fct_dependency_indicators', 'fct_events', 'fct_flow_continuity',
    'fct_import_concentration', 'fct_licence_claims', 'fct_licence_durations',
    'fct_measure_states', 'fct_partner_shares', 'fct_state_claims', 'fct_stock_cover',
    'fct_supply_risk', 'fct_trade_under_measures',
] %}{% do ref(name) %}{% endfor -%}

{#- Both are constants where the macro is called: its filters reach the tables. -#}
{%- set asked_relation -%}
    regexp_replace(lower(cast(relation as varchar)), '^.*[.]', '')
{%- endset -%}
{%- set asked_key = "json_extract_string(to_json(key), '$')" -%}
{%- set relations = models_that_say('traced_by') -%}
{%- set origin = [
    'table_name', 'vintage', 'act_id', 'clause_id', 'lines', 'first_line', 'last_line',
    'line_count',
] -%}
{%- set by_trade = [] -%}
{%- for traced in relations if traced.config.meta.traced_by | selectattr('trade', 'defined') | list -%}
    {%- do by_trade.append(traced.name) -%}
{%- endfor -%}


with

-- Parameters shadow columns of the same name: no column here may be called relation or key.
row_origins as (
    select * from {{ ref('meta_row_origins') }}
),

relation_origins as (
    select * from {{ ref('meta_relation_origins') }}
),

delivery_files as (
    select * from {{ ref('meta_delivery_files') }}
),

-- Rows are traced to lines of their own source, nomenclature and product: of what the key names, no
-- other line can be found.
trade_lines as (
    select * from {{ ref('meta_trade_lines') }}
    where
        list_contains({{ sql_text_list(by_trade) }}, {{ asked_relation }})
        {%- for column in ['source_id', 'nomenclature', 'product_code'] %}
        {%- set value = "json_extract_string(" ~ asked_key ~ ", '$." ~ column ~ "')" %}
        and ({{ value }} is null or {{ column }} = {{ value }})
        {%- endfor %}
),

in_dollars as (
    select distinct source_id from {{ ref('meta_trade_lines') }}
    where currency = 'USD'
),

-- What a line counts as, and for whom. Imports of the EU27 are those of its members where the source
-- has all; a line of a source that has both sides is an export of the partner, too.
counted_lines as (
    select
        trade_lines.* replace (
            case counts.of_whom
                when 'reporter' then trade_lines.reporter_code
                when 'partner' then trade_lines.partner_code
                else 'EU27'
            end as reporter_code
        ),
        counts.trade,
        case
            when {{ is_reconciled_source('trade_lines.source_id') }} then trade_lines.is_eu_reporter
            else trade_lines.flow = 'import'
        end as stays_in_eu,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
    from trade_lines
    cross join (
        values
        ('stated', 'reporter'), ('imports', 'reporter'), ('imports', 'EU27'),
        ('exports', 'reporter'), ('exports', 'partner'), ('exports', 'EU27'),
        ('world_exports', 'world')
    ) as counts (trade, of_whom)
    where
        counts.trade = 'stated'
        or counts.trade = 'imports' and trade_lines.flow = 'import'
        and trade_lines.partner_code is distinct from trade_lines.reporter_code
        and (
            counts.of_whom = 'reporter'
            or trade_lines.is_eu_reporter and {{ has_every_member('trade_lines.source_id') }}
        )
        or counts.trade in ('exports', 'world_exports') and counts.of_whom <> 'reporter'
        and trade_lines.flow = 'import' and {{ is_reconciled_source('trade_lines.source_id') }}
        and (counts.of_whom <> 'EU27' or trade_lines.is_intra_eu_partner)
        or trade_lines.source_id = 'baci_eu27_figures' and (
            counts.trade = 'exports' and counts.of_whom = 'reporter'
            and (trade_lines.flow = 'export' or trade_lines.is_intra_eu_partner)
            or counts.trade = 'world_exports'
            and trade_lines.flow = 'export' and trade_lines.reporter_code <> 'EU27'
        )
),

{% for traced in relations -%}
{%- set columns = traced.config.meta.grain -%}
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
    select
        cast(null as varchar) as of_relation,
        row_key,
        role,
        {{ origin | join(',\n        ') }},
    from row_origins
    where false
    {%- for traced in relations %}
    {%- for way in traced.config.meta.traced_by %}
    union all
    select
        asked.of_relation,
        asked.row_key,
        {{ way.role or 'origins.role' }} as role,
        {%- for column in origin %}
        origins.{{ column }},
        {%- endfor %}
    from (
        select
            *,
            {%- for column in way.by %}
            {{ way.by[column] if way.by is mapping else column }} as by_{{ column }},
            {%- endfor %}
        from {{ traced.name }}
    ) as asked
    {%- if way.trade %}
    inner join counted_lines as origins
        on
            origins.trade = '{{ way.trade }}'
            {%- for column in way.by %}
            and asked.by_{{ column }} = origins.{{ column }}
            {%- endfor %}
    {%- else %}
    inner join row_origins as origins
        on
            origins.relation_name = '{{ way.of }}'
            {%- for column in way.by %}
            and cast(asked.by_{{ column }} as varchar)
            = json_extract_string(origins.row_key, '$.{{ column }}')
            {%- endfor %}
    {%- endif %}
    where {{ way.where or 'true' }}
    {%- endfor %}
    {%- endfor %}
),

-- A range is exact where every line in it counts.
written as (
    select
        * exclude (lines),
        case
            when lines is not null
                then flatten(list_transform(
                    string_split(lines, ', '),
                    lambda part: range(
                        cast(string_split(part, '-')[1] as bigint),
                        cast(string_split(part, '-')[-1] as bigint) + 1
                    )
                ))
            when line_count = last_line - first_line + 1 then range(first_line, last_line + 1)
        end as line_numbers,
    from found
),

-- The lines of several partners may follow each other.
by_file as (
    select
        of_relation,
        row_key,
        role,
        table_name,
        vintage,
        act_id,
        clause_id,
        case when count(line_numbers) = count(*) then list_sort(flatten(list(line_numbers))) end
            as line_numbers,
        min(first_line) as first_line,
        max(last_line) as last_line,
        sum(line_count) as line_count,
    from written
    group by all
),

traced as (
    select
        * exclude (line_numbers),
        case when line_numbers is null then 'line_range' else 'line' end as grain,
        {{ line_ranges('line_numbers') }} as lines,
    from by_file
    -- A month without trade has no line of its own: what tells of it is that the file was delivered.
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
    from relation_origins
    left join delivery_files
        on
            relation_origins.table_name = delivery_files.table_name
            and delivery_files.is_current
    where
        relation_origins.relation_name = {{ asked_relation }}
        and not list_contains(
            {{ sql_text_list(relations | map(attribute='name') | list) }},
            relation_origins.relation_name
        )
    union all by name
    select
        {{ asked_relation }} as of_relation,
        'written_by_publishing' as role,
        'relation' as grain,
        'none' as table_name,
    where
        {{ asked_relation }} in (
            'build', 'check_results', 'relations', 'dictionary', 'inputs', 'changes'
        )
)

select
    traced.of_relation as relation_name,
    traced.row_key,
    traced.role,
    traced.grain,
    delivery_files.source_id,
    traced.table_name,
    traced.vintage,
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
    on traced.table_name = delivery_files.table_name and traced.vintage = delivery_files.vintage
order by
    traced.of_relation, traced.row_key, traced.role, traced.table_name, traced.vintage,
    traced.act_id, traced.clause_id

{{ config(
    materialized='table_function',
    alias='lineage',
    parameters=['relation', 'key := null'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}

{%- set product_key = ['source_id', 'nomenclature', 'product_code', 'period'] -%}
{%- set like_seeds = relations_like_seeds() -%}
{%- set by_trade = [
    'fct_import_concentration', 'fct_partner_shares', 'fct_dependency_indicators',
    'fct_trade_under_measures', 'fct_flow_continuity', 'fct_commitment_scorecard',
] -%}
{%- set by_row = by_trade + [
    'fct_measure_states', 'fct_licence_claims', 'fct_licence_durations', 'fct_supply_risk',
    'fct_stock_cover', 'dim_scenario',
] + like_seeds.keys() | list -%}
{%- set from_outside = "not coalesce(trade_lines.is_intra_eu_partner, false)" %}


with

-- Rows are traced to lines of their own source, nomenclature and product: of what the key names, no
-- other line can be found.
trade_lines as (
    select of_trade.*
    from {{ ref('meta_trade_lines') }} as of_trade
    where
        {{ asked_relation() }} in (
            {%- for relation in by_trade %}
            '{{ relation }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
        {%- for column in product_key[:3] %}
        and {{ is_asked('of_trade', column) }}
        {%- endfor %}
),

row_origins as (
    select * from {{ ref('meta_row_origins') }}
),

relation_origins as (
    select * from {{ ref('meta_relation_origins') }}
),

delivery_files as (
    select * from {{ ref('meta_delivery_files') }}
),

-- Parameters shadow columns of the same name: every column here is named with its relation.
concentration as (
    {{ asked_rows('fct_import_concentration', ['reporter_code', 'supplier_scope'] + product_key) }}
),

shares as (
    {{ asked_rows(
        'fct_partner_shares', ['reporter_code', 'supplier_scope'] + product_key + ['partner_iso3']
    ) }}
),

indicators as (
    {{ asked_rows(
        'fct_dependency_indicators', ['reporter_code'] + product_key + ['indicator_id']
    ) }}
),

under_measures as (
    {{ asked_rows(
        'fct_trade_under_measures',
        ['reporter_code', 'partner_iso3'] + product_key + ['claim_group', 'state']
    ) }}
),

continuity as (
    {{ asked_rows(
        'fct_flow_continuity',
        ['measure_id', 'reporter_code', 'partner_code', 'flow'] + product_key
    ) }}
),

scorecard as (
    {{ asked_rows('fct_commitment_scorecard', ['commitment_id', 'period'], ['commitment_id']) }}
),

measure_states as (
    {{ asked_rows(
        'fct_measure_states',
        [
            'measure_id', 'clause_id', 'destination', 'user_type', 'claim_group', 'valid_from',
            'known_from',
        ],
        ['measure_id', 'clause_id']
    ) }}
),

durations as (
    {{ asked_rows(
        'fct_licence_durations',
        ['data_origin', 'as_of_date', 'stratum_kind', 'stratum', 'clock'],
        ['data_origin', 'as_of_date', 'stratum_kind', 'stratum']
    ) }}
),

stock_cover as (
    {{ asked_rows(
        'fct_stock_cover',
        [
            'scenario_id', 'data_origin', 'graph_origin', 'graph_id', 'site_id', 'part_id',
            'quantity_basis', 'arrivals_case',
        ],
        ['graph_origin', 'graph_id', 'site_id', 'part_id', 'quantity_basis']
    ) }}
),

{% for relation, columns in {
    'fct_licence_claims': ['claim_id'],
    'fct_supply_risk': ['assessment_id', 'material', 'stage'],
    'dim_scenario': ['scenario_id'],
}.items() -%}
{{ relation }}_rows as (
    {{ asked_rows(relation, columns) }}
),

{% endfor -%}

{% for relation, (column, seed) in like_seeds.items() -%}
{{ relation }}_rows as (
    {{ asked_rows(relation, [column]) }}
),

{% endfor -%}

-- Both sides of the EU border, one of them, or the world, as the indicator has it.
imports_of_indicators as (
    select indicators.*
    from indicators
    where indicators.indicator_id not in ('world_export_hhi', 'fragile_network_parts')
),

exports_of_indicators as (
    select
        indicators.*,
        indicators.indicator_id = 'cdi3_extra_eu_exports'
        or indicators.indicator_id = 'import_export_ratio' and indicators.reporter_code = 'EU27'
            as leaves_the_eu,
    from indicators
    where
        indicators.indicator_id in (
            'cdi3_extra_eu_exports', 'cdi3_all_exports', 'import_export_ratio'
        )
),

world_of_indicators as (
    select indicators.*
    from indicators
    where indicators.indicator_id in ('world_export_hhi', 'fragile_network_parts')
),

-- The same months before the act, as far as the source has them.
months_before as (
    select
        continuity.*,
        strftime(continuity.announced_on, '%Y-%m') as announced_month,
    from continuity
),

scorecard_flows as (
    select
        scorecard.of_relation,
        scorecard.row_key,
        scorecard.source_id,
        scorecard.flow,
        scorecard.reporter_code,
        scorecard.partner_code,
        scorecard.period,
        goods.series_role,
        case goods.series_role
            when 'promised_goods' then scorecard.product_code
            else scorecard.placebo_product_code
        end as product_code,
    from scorecard
    cross join (select unnest(['promised_goods', 'placebo_goods']) as series_role) as goods
    where scorecard.code_match <> 'finer_than_code'
),

measures_of_trade as (
    select
        under_measures.of_relation,
        under_measures.row_key,
        under_measures.product_code,
        unnest(string_split(under_measures.measure_ids, '; ')) as measure_id,
    from under_measures
    where under_measures.measure_ids is not null
),

measures_at_work as (
    select
        measures_of_trade.of_relation,
        measures_of_trade.row_key,
        measures_of_trade.measure_id,
        {{ key_json(['measure_id', 'hs6_code'], 'listed') }} as scope_key,
    from measures_of_trade
    cross join lateral (
        select
            measures_of_trade.measure_id,
            left(measures_of_trade.product_code, 6) as hs6_code,
    ) as listed
    union all
    select
        continuity.of_relation,
        continuity.row_key,
        continuity.measure_id,
        {{ key_json(['measure_id', 'hs6_code'], 'listed') }} as scope_key,
    from continuity
    cross join lateral (
        select
            continuity.measure_id,
            left(continuity.product_code, 6) as hs6_code,
    ) as listed
    union all
    select
        scorecard.of_relation,
        scorecard.row_key,
        scorecard.baseline_measure_id as measure_id,
        cast(null as varchar) as scope_key,
    from scorecard
    where scorecard.baseline_measure_id is not null
),

in_dollars as (
    select distinct of_trade.source_id
    from {{ ref('meta_trade_lines') }} as of_trade
    where
        of_trade.currency = 'USD'
        and {{ is_asked('of_trade', 'source_id') }}
),

converted as (
    {%- for rows in ['concentration', 'shares', 'indicators', 'under_measures', 'continuity'] %}
    select
        {{ rows }}.of_relation,
        {{ rows }}.row_key,
        cast(json_object('period', {{ rows }}.period) as varchar) as origin_key,
    from {{ rows }}
    semi join in_dollars
        on {{ rows }}.source_id = in_dollars.source_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

found as (
    {{ import_lines_of(
        'concentration', "'imports'",
        "(concentration.supplier_scope = 'all' or " ~ from_outside ~ ')'
    ) }}
    union all
    {{ import_lines_of(
        'shares', "'imports'", "(shares.supplier_scope = 'all' or " ~ from_outside ~ ')'
    ) }}
    union all
    {{ import_lines_of(
        'shares', "'imports_from_partner'", 'shares.partner_iso3 = trade_lines.partner_code'
    ) }}
    union all
    {{ import_lines_of(
        'under_measures', "'imports_from_partner'",
        'coalesce(under_measures.partner_iso3 = trade_lines.partner_code, true)'
    ) }}
    union all
    {{ import_lines_of(
        'imports_of_indicators', "'imports'",
        from_outside
        ~ " or imports_of_indicators.indicator_id = 'cdi2'"
        ~ " or ends_with(imports_of_indicators.indicator_id, '_share_extra_and_intra_eu')"
        ~ " or imports_of_indicators.reporter_code <> 'EU27' and ("
        ~ "imports_of_indicators.indicator_id in ('import_hhi', 'import_export_ratio')"
        ~ " or ends_with(imports_of_indicators.indicator_id, '_share_of_imports'))"
    ) }}
    union all
    {{ trade_lines_of(
        'exports_of_indicators', "'exports'",
        "exports_of_indicators.period = trade_lines.period and trade_lines.flow = 'import' and "
        ~ is_source_with('trade_lines.source_id', 'has_both_sides', 'dim_trade_source')
        ~ " and exports_of_indicators.reporter_code = trade_lines.partner_code"
        ~ " and not (exports_of_indicators.leaves_the_eu and trade_lines.is_eu_reporter)"
    ) }}
    union all
    {{ trade_lines_of(
        'exports_of_indicators', "'exports'",
        "exports_of_indicators.period = trade_lines.period and trade_lines.flow = 'import' and "
        ~ is_source_with('trade_lines.source_id', 'has_both_sides', 'dim_trade_source')
        ~ " and exports_of_indicators.reporter_code = 'EU27' and trade_lines.is_intra_eu_partner"
        ~ " and not (exports_of_indicators.leaves_the_eu and trade_lines.is_eu_reporter)"
    ) }}
    union all
    {{ trade_lines_of(
        'exports_of_indicators', "'exports'",
        "exports_of_indicators.period = trade_lines.period"
        ~ " and exports_of_indicators.source_id = 'baci_eu27_figures'"
        ~ " and exports_of_indicators.reporter_code = trade_lines.reporter_code"
        ~ " and (trade_lines.flow = 'export'"
        ~ " or trade_lines.is_intra_eu_partner and not exports_of_indicators.leaves_the_eu)"
    ) }}
    union all
    {{ trade_lines_of(
        'world_of_indicators', "'world_exports'",
        "world_of_indicators.period = trade_lines.period and ("
        ~ is_source_with('trade_lines.source_id', 'has_both_sides', 'dim_trade_source')
        ~ " and trade_lines.flow = 'import' or world_of_indicators.source_id = 'baci_eu27_figures'"
        ~ " and trade_lines.flow = 'export' and trade_lines.reporter_code <> 'EU27')"
    ) }}
    union all
    {{ trade_lines_of(
        'continuity', "'month'",
        'continuity.period = trade_lines.period and continuity.flow = trade_lines.flow'
        ~ ' and continuity.reporter_code = trade_lines.reporter_code'
        ~ ' and trade_lines.partner_code is distinct from trade_lines.reporter_code'
        ~ ' and (coalesce(continuity.partner_code = trade_lines.partner_code, true)'
        ~ " or continuity.partner_code = 'WORLD' and continuity.source_id <> 'macro_facts')"
    ) }}
    union all
    {{ trade_lines_of(
        'months_before', "'months_before'",
        'months_before.announced_month > trade_lines.period'
        ~ ' and months_before.flow = trade_lines.flow'
        ~ ' and months_before.reporter_code = trade_lines.reporter_code'
        ~ ' and trade_lines.partner_code is distinct from trade_lines.reporter_code'
        ~ ' and (coalesce(months_before.partner_code = trade_lines.partner_code, true)'
        ~ " or months_before.partner_code = 'WORLD' and months_before.source_id <> 'macro_facts')"
    ) }}
    union all
    {{ trade_lines_of(
        'scorecard_flows', 'scorecard_flows.series_role',
        'scorecard_flows.flow = trade_lines.flow'
        ~ ' and scorecard_flows.reporter_code = trade_lines.reporter_code'
        ~ ' and scorecard_flows.period >= trade_lines.period'
        ~ ' and (scorecard_flows.partner_code = trade_lines.partner_code'
        ~ " or scorecard_flows.partner_code = 'WORLD'"
        ~ " and scorecard_flows.source_id <> 'macro_facts')",
        same=['source_id', 'product_code']
    ) }}
    union all
    {{ origins_of('converted', 'int_trade__exchange_rates') }}
    union all
    {{ origins_of('scorecard', 'fct_commitment_scorecard') }}
    union all
    {{ origins_of(
        'measure_states', 'fct_measure_states',
        "case when row_origins.act_id = measure_states.act_id"
        ~ " and row_origins.table_name in ('measures', 'law_acts')"
        ~ " then 'act_of_the_state' else row_origins.role end"
    ) }}
    union all
    {{ origins_of('durations', 'fct_licence_durations') }}
    union all
    {{ origins_of('stock_cover', 'fct_stock_cover') }}
    {%- for relation in ['fct_licence_claims', 'fct_supply_risk', 'dim_scenario']
        + like_seeds.keys() | list %}
    union all
    {{ origins_of(relation ~ '_rows', relation) }}
    {%- endfor %}
    union all
    {{ origins_of(
        'measures_at_work', 'bridge_measure_products',
        condition='measures_at_work.scope_key = row_origins.row_key'
    ) }}
    union all
    {{ origins_of(
        'measures_at_work', 'fct_measure_states',
        condition="measures_at_work.measure_id"
        ~ " = json_extract_string(row_origins.row_key, '$.measure_id')"
    ) }}
    union all
    {{ origins_of(
        'stock_cover', 'fct_licence_durations', "'licence_times'",
        "stock_cover.licence_curve_origin = row_origins.data_origin"
        ~ " and json_extract_string(row_origins.row_key, '$.stratum_kind') = 'all'"
    ) }}
    union all
    {{ origins_of(
        'stock_cover', 'dim_scenario',
        condition="stock_cover.scenario_id"
        ~ " = json_extract_string(row_origins.row_key, '$.scenario_id')"
    ) }}
),

-- A range is exact where every line in it counts.
written as (
    select
        found.*,
        case
            when found.lines is not null then found.lines
            when found.line_count = 1 then cast(found.first_line as varchar)
            when found.line_count = found.last_line - found.first_line + 1
                then found.first_line || '-' || found.last_line
        end as exact_lines,
    from found
),

joined as (
    select
        written.of_relation,
        written.row_key,
        written.role,
        written.table_name,
        written.vintage,
        written.act_id,
        written.clause_id,
        case
            when count(written.exact_lines) = count(*)
                then string_agg(written.exact_lines, ', ' order by written.first_line)
        end as written_lines,
        min(written.first_line) as first_line,
        max(written.last_line) as last_line,
        sum(written.line_count) as line_count,
    from written
    group by
        written.of_relation,
        written.row_key,
        written.role,
        written.table_name,
        written.vintage,
        written.act_id,
        written.clause_id
),

-- The lines of several partners may follow each other.
numbered as (
    select
        joined.*,
        list_sort(flatten(list_transform(
            string_split(joined.written_lines, ', '),
            lambda part: range(
                cast(string_split(part, '-')[1] as bigint),
                cast(string_split(part, '-')[-1] as bigint) + 1
            )
        ))) as line_numbers,
    from joined
),

by_file as (
    select
        numbered.* exclude (written_lines, line_numbers),
        {{ line_ranges('numbered.line_numbers') }} as lines,
    from numbered
),

-- A month without trade has no line of its own: what tells of it is that the file was delivered.
untold as (
    select
        continuity.of_relation,
        continuity.row_key,
        continuity.source_id,
        continuity.period,
    from continuity
    anti join by_file
        on continuity.row_key = by_file.row_key and by_file.role = 'month'
    where continuity.reading <> 'missing'
),

traced as (
    select
        by_file.of_relation,
        by_file.row_key,
        by_file.role,
        case when by_file.lines is not null then 'line' else 'line_range' end as grain,
        by_file.table_name,
        by_file.vintage,
        by_file.act_id,
        by_file.clause_id,
        by_file.lines,
        by_file.first_line,
        by_file.last_line,
        by_file.line_count,
    from by_file
    union all
    select
        untold.of_relation,
        untold.row_key,
        'month' as role,
        'no_line' as grain,
        delivery_files.table_name,
        delivery_files.vintage,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
        cast(null as varchar) as lines,
        cast(null as integer) as first_line,
        cast(null as integer) as last_line,
        0 as line_count,
    from untold
    inner join delivery_files
        on
            untold.source_id = delivery_files.table_name
            and untold.period between delivery_files.first_period and delivery_files.last_period
            and delivery_files.is_current
    union all
    select
        relation_origins.relation_name as of_relation,
        cast(null as varchar) as row_key,
        relation_origins.delivery_kind as role,
        'relation' as grain,
        relation_origins.table_name,
        delivery_files.vintage,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
        cast(null as varchar) as lines,
        cast(null as integer) as first_line,
        cast(null as integer) as last_line,
        cast(null as integer) as line_count,
    from relation_origins
    left join delivery_files
        on
            relation_origins.table_name = delivery_files.table_name
            and delivery_files.is_current
    where
        relation_origins.relation_name = {{ asked_relation() }}
        and relation_origins.relation_name not in (
            '{{ by_row | join("', '") }}'
        )
    union all
    select
        {{ asked_relation() }} as of_relation,
        cast(null as varchar) as row_key,
        'written_by_publishing' as role,
        'relation' as grain,
        'none' as table_name,
        cast(null as varchar) as vintage,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
        cast(null as varchar) as lines,
        cast(null as integer) as first_line,
        cast(null as integer) as last_line,
        cast(null as integer) as line_count,
    where
        {{ asked_relation() }} in (
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

{{ config(alias='row_origins') }}

{#- The models that `raw_rows` names: dbt has to know them before it knows the yml. -#}
{%- for name in [
    'dim_composition_rule', 'dim_measure', 'dim_measure_scope', 'fct_events', 'fct_licence_claims',
    'fct_state_claims', 'int_continuity__press_figures', 'int_exposure__stock_use',
    'int_lineage__case_rows', 'int_lineage__law_rows', 'int_lineage__supply_risk_rows',
    'stg_events__promise_indicators', 'stg_events__promises', 'stg_exposure__consumption', 'stg_exposure__open_orders', 'stg_law__measure_scope',
    'stg_prices__exchange_rates', 'stg_scenarios__changes', 'stg_scenarios__scenarios',
] %}{% do ref(name) %}{% endfor -%}

with

seed_rows as (select * from {{ ref('stg_lineage__seed_rows') }}),
delivery_files as (select * from {{ ref('meta_delivery_files') }}),

-- What `raw_rows` says of each relation: its keys with the rows that they lead to.
traced as (
    select
        cast(null as varchar) as relation_name,
        cast(null as varchar) as row_key,
        cast(null as varchar) as role,
        cast(null as varchar) as table_name,
        cast(null as varchar[]) as seed_key,
        cast(null as varchar) as vintage,
        cast(null as integer) as line_number,
        cast(null as varchar) as data_origin,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
    where false
    {%- for relation in nodes_of('model') | selectattr('config.meta.raw_rows') %}
    {%- for way in relation.config.meta.raw_rows %}
    union all by name
    select
        '{{ relation.name }}' as relation_name,
        {{ key_json(way.by) }} as row_key,
        {%- for column, expression in way.columns.items() %}
        {{ expression }} as {{ column }},
        {%- endfor %}
    from {{ ref(way.of) }}
    {%- if way.known_in %}
    semi join {{ ref(way.known_in) }} using ({{ way.using | join(', ') }})
    {%- endif %}
    where {{ way.where or 'true' }}
    {%- endfor %}
    {%- endfor %}
),

-- A line counts once, however many ways lead to it.
raw_lines as (
    select distinct
        traced.relation_name,
        traced.row_key,
        traced.role,
        traced.table_name,
        delivery_files.vintage,
        traced.act_id,
        traced.clause_id,
        coalesce(traced.data_origin, delivery_files.data_origin) as data_origin,
        coalesce(traced.line_number, seed_rows.line_number) as line_number,
    from traced
    left join seed_rows
        on traced.table_name = seed_rows.table_name and traced.seed_key = seed_rows.row_key
    inner join delivery_files
        on
            traced.table_name = delivery_files.table_name
            and coalesce(traced.vintage, delivery_files.vintage) = delivery_files.vintage
    where coalesce(traced.line_number, seed_rows.line_number) is not null
),

summed as (
    select
        relation_name,
        row_key,
        role,
        table_name,
        vintage,
        act_id,
        clause_id,
        case
            when
                count(*) between 2 and 10000
                and count(*) <= max(line_number) - min(line_number)
                then list(line_number order by line_number)
        end as line_numbers,
        data_origin,
        cast(min(line_number) as integer) as first_line,
        cast(max(line_number) as integer) as last_line,
        cast(count(*) as integer) as line_count,
    from raw_lines
    group by all
),

final as (
    select
        summed.* exclude (line_numbers),
        {{ line_ranges('line_numbers') }} as lines,
    from summed
)

select * from final
order by relation_name, row_key, role, table_name, vintage, act_id, clause_id

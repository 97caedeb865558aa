{{ config(alias='row_origins') }}

with recursive

acts as (
    select * from {{ ref('int_law__acts') }}
),

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

relations as (
    select * from {{ ref('int_law__relations') }}
),

measure_scope as (
    select * from {{ ref('stg_law__measure_scope') }}
),

claims as (
    select * from {{ ref('fct_licence_claims') }}
),

cases as (
    select * from {{ ref('int_licensing__cases') }}
),

applications as (
    select * from {{ ref('stg_licensing__applications') }}
),

stock_use as (
    select * from {{ ref('int_exposure__stock_use') }}
),

stock_positions as (
    select * from {{ ref('stg_exposure__stock_positions') }}
),

consumption as (
    select * from {{ ref('stg_exposure__consumption') }}
),

open_orders as (
    select * from {{ ref('stg_exposure__open_orders') }}
),

scenarios as (
    select * from {{ ref('stg_scenarios__scenarios') }}
),

scenario_changes as (
    select * from {{ ref('stg_scenarios__changes') }}
),

supply_risk as (
    select * from {{ ref('fct_supply_risk') }}
),

supply_shares as (
    select * from {{ ref('int_production__supply_shares') }}
),

global_supply as (
    select * from {{ ref('stg_production__crm2023_global_supply') }}
),

eu_sourcing as (
    select * from {{ ref('stg_production__crm2023_eu_sourcing') }}
),

material_names as (
    select * from {{ ref('stg_production__material_names') }}
),

mine_output as (
    select * from {{ ref('stg_production__mine_output') }}
),

trade_codes as (
    select * from {{ ref('stg_production__mineral_trade_codes') }}
),

bilateral_flows as (
    select * from {{ ref('stg_baci__bilateral_flows') }}
),

estimates as (
    select * from {{ ref('stg_governance__estimates') }}
),

partner_codes as (
    select * from {{ ref('stg_reference__partner_codes') }}
),

commitments as (
    select * from {{ ref('stg_events__commitments') }}
),

monthly_rates as (
    select * from {{ ref('stg_prices__exchange_rates') }}
),

seed_rows as (
    select * from {{ ref('stg_lineage__seed_rows') }}
),

delivery_files as (
    select * from {{ ref('meta_delivery_files') }}
    where delivery_kind = 'seed'
),

-- Every clause with the clauses of other acts that work on it, and on those.
reached as (
    select
        act_id as measure_id,
        clause_id,
        act_id,
        clause_id as act_clause_id,
        cast(null as varchar) as relation_id,
        0 as depth,
    from clauses
    union
    select
        reached.measure_id,
        reached.clause_id,
        relations.act_id,
        relations.act_clause_id,
        relations.relation_id,
        reached.depth + 1 as depth,
    from reached
    inner join relations
        on
            reached.act_id = relations.target_id
            and reached.act_clause_id = relations.target_clause_id
    where reached.depth < {{ var('law_max_depth') }}
),

law_texts as (
    select
        reached.measure_id,
        reached.clause_id,
        case reached.depth when 0 then 'measure' else 'act_upon_it' end as role,
        case when acts.is_measure then 'measures' else 'law_acts' end as table_name,
        reached.act_id as seed_key,
        reached.act_id,
        reached.act_clause_id,
    from reached
    inner join acts
        on reached.act_id = acts.act_id
    union
    select
        measure_id,
        clause_id,
        'clause' as role,
        'measure_clauses' as table_name,
        concat_ws('|', act_id, act_clause_id) as seed_key,
        act_id,
        act_clause_id,
    from reached
    union
    select
        measure_id,
        clause_id,
        'relation' as role,
        'measure_relations' as table_name,
        relation_id as seed_key,
        act_id,
        act_clause_id,
    from reached
    where relation_id is not null
),

law_rows as (
    select
        'fct_measure_states' as relation_name,
        {{ key_json(['measure_id', 'clause_id'], 'law_texts') }} as row_key,
        role,
        table_name,
        seed_key,
        act_id,
        act_clause_id as clause_id,
    from law_texts
),

-- What a measure lists under a subheading.
scope_rows as (
    select
        'bridge_measure_products' as relation_name,
        {{ key_json(['measure_id', 'hs6_code'], 'measure_scope') }} as row_key,
        'listed_item' as role,
        'measure_scope' as table_name,
        scope_id as seed_key,
        measure_id as act_id,
        cast(null as varchar) as clause_id,
    from measure_scope
    where hs6_code is not null
),

claim_rows as (
    select
        'fct_licence_claims' as relation_name,
        {{ key_json(['claim_id'], 'claims') }} as row_key,
        'stated_figure' as role,
        'licensing_stats' as table_name,
        unnest(string_split(stat_ids, '; ')) as seed_key,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
    from claims
),

commitment_rows as (
    select
        'fct_commitment_scorecard' as relation_name,
        {{ key_json(['commitment_id'], 'commitments') }} as row_key,
        'commitment' as role,
        'commitments' as table_name,
        commitment_id as seed_key,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
    from commitments
    union all
    select
        'fct_commitment_scorecard' as relation_name,
        {{ key_json(['commitment_id'], 'commitments') }} as row_key,
        'where_it_was_said' as role,
        fact_table as table_name,
        fact_id as seed_key,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
    from commitments
),

{% for relation, (column, seed) in relations_like_seeds().items() -%}
{{ relation }}_rows as (
    select
        '{{ relation }}' as relation_name,
        cast(json_object('{{ column }}', row_key) as varchar) as row_key,
        'row' as role,
        table_name,
        row_key as seed_key,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
    from seed_rows
    where table_name = '{{ seed }}'
),

{% endfor -%}

-- The 2017 study is one row per material and stage. Of 2023 and own years, rows by material, under
-- the name that each list has for it. The mean of a group is made of the rows of its members.
risk_rows as (
    select
        {{ key_json(['assessment_id', 'material', 'stage'], 'supply_risk') }} as row_key,
        assessment_id,
        material,
        lower(material) as material_key,
        stage,
    from supply_risk
    union all
    select
        {{ key_json(['assessment_id', 'material', 'stage'], 'means') }} as row_key,
        members.assessment_id,
        members.material,
        lower(members.material) as material_key,
        members.stage,
    from supply_risk as means
    inner join supply_risk as members
        on
            means.assessment_id = members.assessment_id
            and means.stage = members.stage
            and means.group_id = members.group_id
    where means.is_group and not members.is_group
),

names as (
    select
        list_id,
        name_in_list,
        lower(material) as material_key,
    from material_names
),

study_rows as (
    select
        risk_rows.row_key,
        'inputs_as_printed' as role,
        seed_rows.table_name,
        seed_rows.row_key as seed_key,
    from risk_rows
    inner join seed_rows
        on
            seed_rows.table_name = 'crm2017_assessment_inputs'
            and risk_rows.material = split_part(seed_rows.row_key, '|', 1)
            and risk_rows.stage = lower(trim(split_part(seed_rows.row_key, '|', 2)))
    where risk_rows.assessment_id = 'ec2017'
    union all
    select
        risk_rows.row_key,
        'stated_inputs' as role,
        seed_rows.table_name,
        seed_rows.row_key as seed_key,
    from risk_rows
    inner join seed_rows
        on
            seed_rows.table_name = 'crm2023_assessment_inputs'
            and risk_rows.material_key = lower(split_part(seed_rows.row_key, '|', 1))
            and risk_rows.stage = split_part(seed_rows.row_key, '|', 2)
    where risk_rows.assessment_id = 'ec2023'
    union all
    select
        risk_rows.row_key,
        'eu_sourcing' as role,
        'crm2023_eu_sourcing_shares' as table_name,
        concat_ws('|', eu_sourcing.material, eu_sourcing.stage, eu_sourcing.country_as_printed)
            as seed_key,
    from eu_sourcing
    left join names
        on
            eu_sourcing.material = names.name_in_list
            and names.list_id = 'crm2023_eu_sourcing'
    inner join risk_rows
        on
            coalesce(names.material_key, lower(eu_sourcing.material)) = risk_rows.material_key
            and eu_sourcing.stage = risk_rows.stage
    where risk_rows.assessment_id = 'ec2023'
    union all
    select
        risk_rows.row_key,
        case seed_rows.table_name when 'eol_rir' then 'recycling' else 'published_figure' end
            as role,
        seed_rows.table_name,
        seed_rows.row_key as seed_key,
    from seed_rows
    left join names
        on
            seed_rows.table_name = names.list_id
            and split_part(seed_rows.row_key, '|', 1) = names.name_in_list
    inner join risk_rows
        on
            coalesce(names.material_key, lower(split_part(seed_rows.row_key, '|', 1)))
            = risk_rows.material_key
    where
        (seed_rows.table_name = 'eol_rir' and risk_rows.assessment_id <> 'ec2017')
        or (
            seed_rows.table_name = 'crm_criticality_history'
            and split_part(seed_rows.row_key, '|', 2) = '2023'
            and risk_rows.assessment_id = 'ec2023'
        )
),

risk_seed_rows as (
    select
        'fct_supply_risk' as relation_name,
        row_key,
        role,
        table_name,
        seed_key,
        cast(null as varchar) as act_id,
        cast(null as varchar) as clause_id,
    from study_rows
),

from_seeds as (
    select * from law_rows
    union all
    select * from scope_rows
    union all
    select * from claim_rows
    union all
    select * from commitment_rows
    {%- for relation in relations_like_seeds() %}
    union all
    select * from {{ relation }}_rows
    {%- endfor %}
    union all
    select * from risk_seed_rows
),

seed_lines as (
    select
        from_seeds.relation_name,
        from_seeds.row_key,
        from_seeds.role,
        from_seeds.table_name,
        delivery_files.vintage,
        from_seeds.act_id,
        from_seeds.clause_id,
        delivery_files.data_origin,
        seed_rows.line_number,
    from from_seeds
    inner join seed_rows
        on
            from_seeds.table_name = seed_rows.table_name
            and from_seeds.seed_key = seed_rows.row_key
    inner join delivery_files
        on from_seeds.table_name = delivery_files.table_name
),

-- The latest reading of each case, in the strata it counts in.
case_strata as (
    select
        cases.data_origin,
        cases.authority,
        cases.application_id,
        cases.last_seen_date,
        cases.as_of_date,
        {{ licence_strata() }},
    from cases
),

case_lines as (
    select
        case_strata.data_origin,
        case_strata.as_of_date,
        strata.stratum_kind,
        case strata.stratum_kind
            when 'all' then 'all'
            when 'material' then case_strata.material
            when 'route' then case_strata.route
            when 'applicant_size_class' then case_strata.applicant_size_class
            else case_strata.accepted_quarter
        end as stratum,
        applications.vintage,
        applications.line_number,
    from case_strata
    inner join applications
        on
            case_strata.data_origin = applications.data_origin
            and case_strata.authority = applications.authority
            and case_strata.application_id = applications.application_id
            and case_strata.last_seen_date = applications.as_of_date
    cross join (
        select
            unnest(['all', 'material', 'route', 'applicant_size_class', 'accepted_quarter'])
                as stratum_kind,
    ) as strata
),

positions as (
    select
        {{ key_json(
            ['graph_origin', 'graph_id', 'site_id', 'part_id', 'quantity_basis'], 'held'
        ) }} as row_key,
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        as_of_date,
    from (
        select
            *,
            data_origin as graph_origin,
        from stock_use
    ) as held
),

risk_countries as (
    select distinct
        risk_rows.row_key,
        supply_shares.country_iso3,
        supply_shares.governance_year,
    from risk_rows
    inner join supply_shares
        on
            risk_rows.assessment_id = supply_shares.assessment_id
            and risk_rows.material_key = lower(supply_shares.material)
            and risk_rows.stage = supply_shares.stage
),

scored as (
    select
        coalesce(partner_codes.iso3, estimates.country_code) as country_iso3,
        estimates.year,
        estimates.vintage,
        estimates.line_number,
    from estimates
    left join partner_codes
        on
            estimates.country_code = partner_codes.partner_code
            and partner_codes.source_id = 'wgi_estimates'
),

own_years as (
    select
        risk_rows.row_key,
        coalesce(names.name_in_list, risk_rows.material) as mineral,
        cast(replace(risk_rows.assessment_id, 'own_', '') as integer) as year,
    from risk_rows
    left join names
        on
            risk_rows.material_key = names.material_key
            and names.list_id = 'wmd_production'
    where starts_with(risk_rows.assessment_id, 'own_')
),

landed_lines as (
    select
        'fct_licence_durations' as relation_name,
        {{ key_json(['data_origin', 'as_of_date', 'stratum_kind', 'stratum'], 'case_lines') }}
            as row_key,
        'application' as role,
        'licence_applications' as table_name,
        vintage,
        data_origin,
        line_number,
    from case_lines
    union all
    select
        'fct_stock_cover' as relation_name,
        positions.row_key,
        'stock' as role,
        'exposure_stock_positions' as table_name,
        stock_positions.vintage,
        positions.data_origin,
        stock_positions.line_number,
    from positions
    inner join stock_positions
        using (data_origin, graph_id, site_id, part_id, quantity_basis, as_of_date)
    union all
    select
        'fct_stock_cover' as relation_name,
        positions.row_key,
        'use' as role,
        'exposure_consumption' as table_name,
        consumption.vintage,
        positions.data_origin,
        consumption.line_number,
    from positions
    inner join consumption
        using (data_origin, graph_id, site_id, part_id, quantity_basis)
    union all
    select
        'fct_stock_cover' as relation_name,
        positions.row_key,
        'order' as role,
        'exposure_open_orders' as table_name,
        open_orders.vintage,
        positions.data_origin,
        open_orders.line_number,
    from positions
    inner join open_orders
        using (data_origin, graph_id, site_id, part_id, quantity_basis)
    union all
    select
        'dim_scenario' as relation_name,
        {{ key_json(['scenario_id'], 'scenarios') }} as row_key,
        'scenario' as role,
        'scenarios' as table_name,
        vintage,
        data_origin,
        line_number,
    from scenarios
    union all
    select
        'dim_scenario' as relation_name,
        {{ key_json(['scenario_id'], 'scenario_changes') }} as row_key,
        'assumed_change' as role,
        'scenario_changes' as table_name,
        vintage,
        data_origin,
        line_number,
    from scenario_changes
    union all
    select
        'fct_supply_risk' as relation_name,
        risk_rows.row_key,
        'global_supply' as role,
        'crm2023_global_supply' as table_name,
        global_supply.vintage,
        'real' as data_origin,
        global_supply.line_number,
    from risk_rows
    inner join global_supply
        on
            risk_rows.material_key = lower(global_supply.material)
            and risk_rows.stage = global_supply.stage
    where risk_rows.assessment_id = 'ec2023'
    union all
    select
        'fct_supply_risk' as relation_name,
        risk_countries.row_key,
        'governance' as role,
        'wgi_estimates' as table_name,
        scored.vintage,
        'real' as data_origin,
        scored.line_number,
    from risk_countries
    inner join scored
        on
            risk_countries.country_iso3 = scored.country_iso3
            and risk_countries.governance_year = scored.year
    union all
    select
        'fct_supply_risk' as relation_name,
        own_years.row_key,
        'production' as role,
        'wmd_production' as table_name,
        mine_output.vintage,
        'real' as data_origin,
        mine_output.line_number,
    from own_years
    inner join mine_output
        on own_years.mineral = mine_output.mineral and own_years.year = mine_output.year
    union all
    select
        'fct_supply_risk' as relation_name,
        own_years.row_key,
        'trade' as role,
        'baci_hs92_bilateral' as table_name,
        bilateral_flows.vintage,
        'real' as data_origin,
        bilateral_flows.line_number,
    from own_years
    inner join trade_codes
        on own_years.mineral = trade_codes.mineral
    inner join bilateral_flows
        on
            trade_codes.hs6_code = bilateral_flows.hs6_code
            and trade_codes.nomenclature = bilateral_flows.nomenclature
            and own_years.year = bilateral_flows.year
    union all
    select
        'int_trade__exchange_rates' as relation_name,
        cast(json_object('period', period) as varchar) as row_key,
        'exchange_rate' as role,
        'ecb_exchange_rates' as table_name,
        vintage,
        'real' as data_origin,
        line_number,
    from monthly_rates
    union all
    select
        'int_trade__exchange_rates' as relation_name,
        cast(json_object('period', left(period, 4)) as varchar) as row_key,
        'exchange_rate' as role,
        'ecb_exchange_rates' as table_name,
        vintage,
        'real' as data_origin,
        line_number,
    from monthly_rates
),

-- A line counts once, however many ways lead to it.
raw_lines as (
    select * from seed_lines
    union by name
    select * from landed_lines
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
    group by
        relation_name, row_key, role, table_name, vintage, act_id, clause_id, data_origin
),

final as (
    select
        relation_name,
        row_key,
        role,
        table_name,
        vintage,
        act_id,
        clause_id,
        {{ line_ranges('line_numbers') }} as lines,
        data_origin,
        first_line,
        last_line,
        line_count,
    from summed
)

select * from final
order by relation_name, row_key, role, table_name, vintage, act_id, clause_id

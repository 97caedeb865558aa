{{ config(enabled=target.type == 'duckdb') }}

with

global_supply as (select * from {{ ref('stg_production__crm2023_global_supply') }}),
mine_output as (select * from {{ ref('stg_production__mine_output') }}),
balances as (select * from {{ ref('int_production__eu27_balances') }}),
trade_codes as (select * from {{ ref('stg_production__mineral_trade_codes') }}),
bilateral_flows as (select * from {{ ref('stg_baci__bilateral_flows') }}),
material_names as (select * from {{ ref('material_names') }}),
seed_rows as (select * from {{ ref('stg_lineage__seed_rows') }}),

-- Rows by the name that their list has for the material.
by_name as (
    select
        case table_name
            when 'crm2017_assessment_inputs' then 'inputs_as_printed'
            when 'crm2023_assessment_inputs' then 'stated_inputs'
            else 'eu_sourcing'
        end as role,
        table_name,
        case table_name when 'crm2017_assessment_inputs' then 'ec2017' else 'ec2023' end
            as assessment_id,
        row_key[1] as name_in_list,
        lower(trim(row_key[2])) as stage,
        row_key as seed_key,
    from seed_rows
    where
        table_name in (
            'crm2017_assessment_inputs', 'crm2023_assessment_inputs', 'crm2023_eu_sourcing_shares'
        )
    union all by name
    select
        'recycling' as role,
        table_name,
        row_key[1] as name_in_list,
        row_key as seed_key,
    from seed_rows
    where table_name = 'eol_rir'
    union all by name
    select
        'published_figure' as role,
        table_name,
        'ec2023' as assessment_id,
        row_key[1] as name_in_list,
        row_key as seed_key,
    from seed_rows
    where table_name = 'crm_criticality_history' and row_key[2] = '2023'
    union all by name
    select
        'global_supply' as role,
        'crm2023_global_supply' as table_name,
        'ec2023' as assessment_id,
        material as name_in_list,
        stage,
        vintage,
        line_number,
    from global_supply
    union all by name
    select
        'production' as role,
        'wmd_production' as table_name,
        'own_' || mine_output.year as assessment_id,
        mine_output.mineral as name_in_list,
        mine_output.vintage,
        mine_output.line_number,
    from mine_output
    semi join balances
        using (mineral, year)
    union all by name
    select
        'trade' as role,
        bilateral_flows.source_id as table_name,
        'own_' || bilateral_flows.year as assessment_id,
        trade_codes.mineral as name_in_list,
        bilateral_flows.vintage,
        bilateral_flows.line_number,
    from trade_codes
    inner join bilateral_flows
        using (hs6_code, nomenclature)
),

final as (
    select
        by_name.* exclude (by_name.name_in_list),
        lower(coalesce(material_names.material, by_name.name_in_list)) as material_key,
    from by_name
    left join material_names
        on
            by_name.name_in_list = material_names.name_in_list
            and case by_name.role
                when 'eu_sourcing' then 'crm2023_eu_sourcing'
                when 'trade' then 'wmd_production'
                else by_name.table_name
            end = material_names.list_id
)

select * from final

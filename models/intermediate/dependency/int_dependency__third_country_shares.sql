with

supply_shares as (select * from {{ ref('int_production__supply_shares') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),
study_inputs as (select * from {{ ref('stg_production__crm2023_inputs') }}),
balances as (select * from {{ ref('int_production__eu27_balances') }}),
material_names as (select * from {{ ref('material_names') }}),
strategic as (select * from {{ ref('int_dependency__strategic_materials') }}),

third_countries as (
    select
        supply_shares.assessment_id,
        supply_shares.material as study_material,
        supply_shares.stage,
        arg_max(
            supply_shares.country_iso3, (supply_shares.share, supply_shares.country_iso3)
        ) as partner_iso3,
        cast(max(supply_shares.share) as double) as top_share,
    from supply_shares
    left join members
        on supply_shares.country_iso3 = members.member_iso3
    where supply_shares.supply_side = 'eu' and members.member_iso3 is null
    group by supply_shares.assessment_id, supply_shares.material, supply_shares.stage
),

summed as (
    select
        strategic.material,
        third_countries.stage,
        min(third_countries.partner_iso3) as first_partner_iso3,
        max(third_countries.partner_iso3) as last_partner_iso3,
        min(third_countries.top_share) as least_share,
        max(third_countries.top_share) as greatest_share,
        coalesce(bool_or(study_inputs.is_eu_sourcing_wrong), false) as is_wrong,
    from third_countries
    inner join strategic
        on lower(third_countries.study_material) = lower(strategic.study_material)
    left join study_inputs
        on
            lower(third_countries.study_material) = lower(study_inputs.material)
            and third_countries.stage = study_inputs.stage
    where third_countries.assessment_id = 'ec2023'
    group by strategic.material, third_countries.stage
),

-- Sourcing is production and imports; consumption is that less exports. So the share in
-- sourcing is the least share in consumption, and can show a breach but not its absence.
sourced as (
    select
        material,
        'B004' as benchmark_id,
        'eu_sourcing' as evidence_id,
        stage,
        '2023 study' as period,
        'Study on the critical raw materials for the EU 2023: EU sourcing' as evidence_source,
        case when first_partner_iso3 = last_partner_iso3 then first_partner_iso3 end
            as partner_iso3,
        case when is_wrong then 'EU sourcing in the file is known to be wrong' end as reason,
        case when not is_wrong and least_share = greatest_share then greatest_share end as value,
        case when not is_wrong then least_share end as value_low,
    from summed
),

-- Own production and trade, where they can be compared: shares in apparent consumption.
consumed as (
    select
        strategic.material,
        strategic.study_material,
        balances.year,
        cast(balances.eu_production_tonnes as double) as production_tonnes,
        cast(balances.eu_production_tonnes + balances.imports_tonnes as double) as supply_tonnes,
        cast(
            balances.eu_production_tonnes + balances.imports_tonnes - balances.exports_tonnes
            as double
        ) as consumption_tonnes,
    from balances
    inner join material_names
        on
            balances.mineral = material_names.name_in_list
            and material_names.list_id = 'wmd_production'
    inner join strategic
        on material_names.material = strategic.study_material
    where balances.trade_reason is null and balances.import_reliance is not null
),

own_shares as (
    select
        material,
        'B001' as benchmark_id,
        year,
        production_tonnes / consumption_tonnes as value,
    from consumed
    union all by name
    select
        consumed.material,
        'B004' as benchmark_id,
        consumed.year,
        third_countries.partner_iso3,
        third_countries.top_share * consumed.supply_tonnes / consumed.consumption_tonnes as value,
    from consumed
    inner join third_countries
        on
            'own_' || consumed.year = third_countries.assessment_id
            and consumed.study_material = third_countries.study_material
),

final as (
    select * from sourced
    union all by name
    select
        material,
        benchmark_id,
        'own_balance' as evidence_id,
        'extraction' as stage,
        cast(year as varchar) as period,
        'World Mining Data and BACI' as evidence_source,
        partner_iso3,
        value,
        value as value_low,
        value as value_high,
    from own_shares
)

select * from final

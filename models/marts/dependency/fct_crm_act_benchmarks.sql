{%- set stand_ins = {
    'B001': 'production in the EU for extraction capacity',
    'B002': 'production in the EU for processing capacity',
    'B003': 'end-of-life recycling input rate for recycling capacity',
    'B004': 'the largest third country in EU supply for its share in consumption',
} -%}
with

benchmarks as (
    select * from {{ ref('stg_reference__policy_benchmarks') }}
),

crma_materials as (
    select * from {{ ref('stg_reference__crma_materials') }}
),

progress as (
    select * from {{ ref('stg_reference__crma_progress') }}
),

material_names as (
    select * from {{ ref('stg_production__material_names') }}
),

recycling as (
    select * from {{ ref('stg_production__eol_rir') }}
),

study_inputs as (
    select * from {{ ref('stg_production__crm2023_inputs') }}
),

supply_shares as (
    select * from {{ ref('int_production__supply_shares') }}
),

balances as (
    select * from {{ ref('int_production__eu27_balances') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

-- The four benchmarks of Article 5. Three are floors; no third country above 65 % is a ceiling.
targets as (
    select
        benchmark_id,
        indicator as benchmark,
        case benchmark_id
            {% for benchmark_id, stand_in in stand_ins.items() %}
            when '{{ benchmark_id }}' then '{{ stand_in }}'
            {% endfor %}
        end as stand_in,
        cast(target_value as double) / 100 as target,
        benchmark_id = 'B004' as is_ceiling,
    from benchmarks
    where benchmark_id in ('B001', 'B002', 'B003', 'B004')
),

strategic as (
    select
        crma_materials.material,
        coalesce(material_names.material, crma_materials.material) as study_material,
    from crma_materials
    left join material_names
        on
            crma_materials.material = material_names.name_in_list
            and material_names.list_id = 'crma_materials'
    where crma_materials.list_name = 'strategic'
),

published as (
    select
        material,
        benchmark_id,
        'published' as evidence_id,
        'any' as stage,
        period,
        source as evidence_source,
        cast(null as varchar) as partner_iso3,
        cast(null as varchar) as reason,
        case when value_low = value_high then cast(value_low as double) end as value,
        cast(value_low as double) as value_low,
        cast(value_high as double) as value_high,
        is_low_exclusive,
    from progress
),

recycling_by_material as (
    select
        lower(coalesce(material_names.material, recycling.material)) as material_key,
        max(cast(recycling.eol_rir as double)) as eol_rir,
    from recycling
    left join material_names
        on
            recycling.material = material_names.name_in_list
            and material_names.list_id = 'eol_rir'
    group by all
),

-- A group has a value where its members agree, and otherwise a range.
recycled as (
    select
        strategic.material,
        'B003' as benchmark_id,
        'eol_rir' as evidence_id,
        'any' as stage,
        '2023' as period,
        'SCRREEN factsheets' as evidence_source,
        cast(null as varchar) as partner_iso3,
        case
            when count(recycling_by_material.eol_rir) = 0 then 'no recycling rate at hand'
            when count(recycling_by_material.eol_rir) < count(*)
                then 'no recycling rate of ' || string_agg(
                    strategic.study_material, ', ' order by strategic.study_material
                ) filter (where recycling_by_material.eol_rir is null)
        end as reason,
        case
            when
                count(recycling_by_material.eol_rir) = count(*)
                and min(recycling_by_material.eol_rir) = max(recycling_by_material.eol_rir)
                then max(recycling_by_material.eol_rir)
        end as value,
        case
            when count(recycling_by_material.eol_rir) = count(*)
                then min(recycling_by_material.eol_rir)
        end as value_low,
        case
            when count(recycling_by_material.eol_rir) = count(*)
                then max(recycling_by_material.eol_rir)
        end as value_high,
        false as is_low_exclusive,
    from strategic
    left join recycling_by_material
        on lower(strategic.study_material) = recycling_by_material.material_key
    group by strategic.material
),

third_countries as (
    select
        strategic.material,
        supply_shares.material as study_material,
        supply_shares.stage,
        arg_max(
            supply_shares.country_iso3, (supply_shares.share, supply_shares.country_iso3)
        ) as partner_iso3,
        cast(max(supply_shares.share) as double) as top_share,
        coalesce(bool_or(study_inputs.is_eu_sourcing_wrong), false) as is_wrong,
    from supply_shares
    inner join strategic
        on lower(supply_shares.material) = lower(strategic.study_material)
    left join members
        on supply_shares.country_iso3 = members.member_iso3
    left join study_inputs
        on
            lower(supply_shares.material) = lower(study_inputs.material)
            and supply_shares.stage = study_inputs.stage
    where
        supply_shares.assessment_id = 'ec2023'
        and supply_shares.supply_side = 'eu'
        and members.member_iso3 is null
    group by all
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
        case when min(partner_iso3) = max(partner_iso3) then min(partner_iso3) end
            as partner_iso3,
        case when bool_or(is_wrong) then 'EU sourcing in the file is known to be wrong' end
            as reason,
        case when not bool_or(is_wrong) and min(top_share) = max(top_share) then max(top_share) end
            as value,
        case when not bool_or(is_wrong) then min(top_share) end as value_low,
        cast(null as double) as value_high,
        false as is_low_exclusive,
    from third_countries
    group by material, stage
),

-- Own production and trade, where they can be compared: shares in apparent consumption.
own_balances as (
    select
        strategic.material,
        balances.year,
        'own_' || balances.year as assessment_id,
        strategic.study_material,
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

own_extraction as (
    select
        material,
        'B001' as benchmark_id,
        'own_balance' as evidence_id,
        'extraction' as stage,
        cast(year as varchar) as period,
        'World Mining Data and BACI' as evidence_source,
        cast(null as varchar) as partner_iso3,
        cast(null as varchar) as reason,
        production_tonnes / consumption_tonnes as value,
        value as value_low,
        value as value_high,
        false as is_low_exclusive,
    from own_balances
),

own_top_suppliers as (
    select
        supply_shares.assessment_id,
        supply_shares.material as study_material,
        arg_max(
            supply_shares.country_iso3, (supply_shares.share, supply_shares.country_iso3)
        ) as partner_iso3,
        cast(max(supply_shares.share) as double) as top_share,
    from supply_shares
    left join members
        on supply_shares.country_iso3 = members.member_iso3
    where supply_shares.supply_side = 'eu' and members.member_iso3 is null
    group by supply_shares.assessment_id, supply_shares.material
),

own_third_countries as (
    select
        own_balances.material,
        'B004' as benchmark_id,
        'own_balance' as evidence_id,
        'extraction' as stage,
        cast(own_balances.year as varchar) as period,
        'World Mining Data and BACI' as evidence_source,
        own_top_suppliers.partner_iso3,
        cast(null as varchar) as reason,
        own_top_suppliers.top_share * own_balances.supply_tonnes
        / own_balances.consumption_tonnes as value,
        value as value_low,
        value as value_high,
        false as is_low_exclusive,
    from own_balances
    inner join own_top_suppliers
        on
            own_balances.assessment_id = own_top_suppliers.assessment_id
            and own_balances.study_material = own_top_suppliers.study_material
),

evidence as (
    select * from published
    union all by name
    select * from recycled
    union all by name
    select * from sourced
    union all by name
    select * from own_extraction
    union all by name
    select * from own_third_countries
),

-- Every material meets every benchmark, if only with nothing to show.
without_evidence as (
    select
        materials.material,
        targets.benchmark_id,
        'none' as evidence_id,
        'any' as stage,
        'none' as period,
        'nothing at hand' as evidence_source,
        cast(null as varchar) as partner_iso3,
        'no data on EU production or supply at hand' as reason,
        cast(null as double) as value,
        cast(null as double) as value_low,
        cast(null as double) as value_high,
        false as is_low_exclusive,
    from (from strategic select distinct material) as materials
    cross join targets
    anti join evidence
        on
            materials.material = evidence.material
            and targets.benchmark_id = evidence.benchmark_id
),

-- The text of the three floors speaks of strategic raw materials as a whole.
as_a_whole as (
    select
        'all strategic raw materials' as material,
        benchmark_id,
        'none' as evidence_id,
        'any' as stage,
        'none' as period,
        'nothing at hand' as evidence_source,
        cast(null as varchar) as partner_iso3,
        'consumption of all strategic raw materials together is not at hand' as reason,
        cast(null as double) as value,
        cast(null as double) as value_low,
        cast(null as double) as value_high,
        false as is_low_exclusive,
    from targets
    where not is_ceiling
),

all_rows as (
    select
        *,
        'per_material' as reading,
    from evidence
    union all by name
    select
        *,
        'per_material' as reading,
    from without_evidence
    union all by name
    select
        *,
        'aggregate' as reading,
    from as_a_whole
),

final as (
    select
        all_rows.material,
        all_rows.benchmark_id,
        all_rows.reading,
        all_rows.evidence_id,
        all_rows.stage,
        all_rows.period,
        targets.benchmark,
        targets.stand_in,
        all_rows.evidence_source,
        all_rows.partner_iso3,
        all_rows.reason,
        {{ significant('all_rows.value') }} as value,
        {{ significant('all_rows.value_low') }} as value_low,
        {{ significant('all_rows.value_high') }} as value_high,
        targets.target,
        case
            when targets.is_ceiling and all_rows.value_high <= targets.target then true
            when targets.is_ceiling and all_rows.value_low > targets.target then false
            when
                targets.is_ceiling and all_rows.value_low = targets.target
                and all_rows.is_low_exclusive
                then false
            when not targets.is_ceiling and all_rows.value_low >= targets.target then true
            when not targets.is_ceiling and all_rows.value_high < targets.target then false
        end as meets_benchmark,
        all_rows.evidence_id <> 'none' as is_approximation,
        coalesce(all_rows.value_high > 1, false) as is_above_consumption,
    from all_rows
    inner join targets
        on all_rows.benchmark_id = targets.benchmark_id
)

select * from final
order by material, benchmark_id, reading, evidence_id, stage, period

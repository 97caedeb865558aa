with

benchmarks as (select * from {{ ref('policy_benchmarks') }}),
stand_ins as (select * from {{ ref('crm_act_stand_ins') }}),
strategic as (select * from {{ ref('int_dependency__strategic_materials') }}),
progress as (select * from {{ ref('crma_published_progress') }}),
recycling_rates as (select * from {{ ref('int_dependency__recycling_rates') }}),
third_country_shares as (select * from {{ ref('int_dependency__third_country_shares') }}),

-- The four benchmarks of Article 5. Three are floors; no third country above 65 % is a ceiling.
targets as (
    select
        stand_ins.*,
        benchmarks.indicator as benchmark,
        cast(benchmarks.target_value as double) / 100 as target,
    from stand_ins
    inner join benchmarks
        on stand_ins.benchmark_id = benchmarks.benchmark_id
),

published as (
    select
        material,
        benchmark_id,
        'published' as evidence_id,
        'any' as stage,
        period,
        source as evidence_source,
        case when value_low = value_high then cast(value_low as double) end as value,
        cast(value_low as double) as value_low,
        cast(value_high as double) as value_high,
        is_low_exclusive,
    from progress
),

evidence as (
    select * from published
    union all by name
    select * from recycling_rates
    union all by name
    select * from third_country_shares
),

-- Every material meets every benchmark, if only with nothing to show. The text of the three floors
-- speaks of strategic raw materials as a whole.
without_evidence as (
    select distinct
        strategic.material,
        targets.benchmark_id,
        'per_material' as reading,
        'no data on EU production or supply at hand' as reason,
    from strategic
    cross join targets
    anti join evidence
        using (material, benchmark_id)
    union all
    select
        'all strategic raw materials' as material,
        benchmark_id,
        'aggregate' as reading,
        aggregate_reason as reason,
    from targets
    where aggregate_reason is not null
),

all_rows as (
    select
        *,
        'per_material' as reading,
    from evidence
    union all by name
    select
        *,
        'none' as evidence_id,
        'any' as stage,
        'none' as period,
        'nothing at hand' as evidence_source,
    from without_evidence
),

final as (
    select
        all_rows.* exclude (
            all_rows.value, all_rows.value_low, all_rows.value_high, all_rows.is_low_exclusive
        ),
        targets.benchmark,
        targets.stand_in,
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

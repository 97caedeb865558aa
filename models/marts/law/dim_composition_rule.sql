-- depends_on: {{ ref('int_law__input_faults') }}
with

rules as (
    select * from {{ ref('stg_law__composition_rules') }}
),

items as (
    select * from {{ ref('stg_law__measure_scope') }}
),

-- Rules can clear a good only where each material of the code has one.
listed as (
    select
        measure_id,
        hs6_code,
        count(distinct material) as material_count,
    from items
    where hs6_code is not null
    group by measure_id, hs6_code
),

ruled as (
    select
        measure_id,
        hs6_code,
        count(distinct tells) as rule_count,
    from rules
    group by measure_id, hs6_code
),

final as (
    select
        rules.rule_id,
        rules.measure_id,
        rules.hs6_code,
        rules.requires,
        rules.tells,
        rules.family_id,
        rules.is_sufficient,
        coalesce(listed.material_count, 0) <= ruled.rule_count as is_complete_for_code,
        rules.scope_id,
        rules.confidence,
        rules.source_title,
        rules.source_url,
        rules.note,
    from rules
    inner join ruled
        on rules.measure_id = ruled.measure_id and rules.hs6_code = ruled.hs6_code
    left join listed
        on rules.measure_id = listed.measure_id and rules.hs6_code = listed.hs6_code
)

select * from final
order by rule_id

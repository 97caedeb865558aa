with

uses as (select * from {{ ref('stg_production__crm2023_uses') }}),
history as (select * from {{ ref('stg_production__criticality_history') }}),
material_names as (select * from {{ ref('material_names') }}),

-- Manufacturing is section C of NACE Rev. 2.
scale as (
    select max(value_added_meur) as largest_value_added_meur
    from uses
    where starts_with(nace_division, 'C')
),

by_material as (
    select
        material,
        sum(share) as use_share_sum,
        sum(cast(share as decimal(18, 6)) * cast(value_added_meur as decimal(18, 3)))
            as weighted_value_added_meur,
        sum(share) filter (where value_added_meur is null) as unallocated_share,
        count(*) filter (where value_added_meur is null) as unallocated_uses,
        count(*) filter (where share is null) as uses_without_share,
    from uses
    group by material
),

published as (
    select
        lower(coalesce(material_names.material, history.material)) as material_key,
        history.economic_importance,
    from history
    left join material_names
        on
            history.material = material_names.name_in_list
            and material_names.list_id = 'crm_criticality_history'
    where history.assessment_year = 2023
),

computed as (
    select
        by_material.*,
        scale.largest_value_added_meur,
        published.economic_importance as published_economic_importance,
        cast(by_material.weighted_value_added_meur as double) * 10
        / nullif(cast(scale.largest_value_added_meur as double), 0) as importance,
    from by_material
    cross join scale
    left join published
        on lower(by_material.material) = published.material_key
),

final as (
    select
        'ec2023' as assessment_id,
        material,
        case
            when published_economic_importance is null
                then 'the study prints a figure of the group, not of this material'
            when importance is null then 'no use has a sector'
        end as reason,
        {{ significant('importance') }} as economic_importance_before_substitution,
        cast(published_economic_importance as double) as published_economic_importance,
        {{ significant('published_economic_importance / nullif(importance, 0)') }}
            as implied_si_ei,
        cast(use_share_sum as double) as use_share_sum,
        cast(coalesce(unallocated_share, 0) as double) as unallocated_use_share,
        {{ significant('weighted_value_added_meur') }} as weighted_value_added_meur,
        cast(largest_value_added_meur as double) as largest_value_added_meur,
        cast(unallocated_uses as integer) as unallocated_uses,
        cast(uses_without_share as integer) as uses_without_share,
        round(published_economic_importance / nullif(importance, 0), 2) between 0.74 and 1.05
            as is_in_pass_band,
    from computed
)

select * from final
order by material

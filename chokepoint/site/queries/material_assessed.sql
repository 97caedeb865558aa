-- One row per name in the 2023 study that is a material: the published supply risk and economic
-- importance. Critical from 1.0 and 2.8 together.
with

assessed as (
    select
        material as name_in_list,
        max(published_supply_risk) as supply_risk,
    from marts.fct_supply_risk
    where assessment_id = 'ec2023' and published_supply_risk is not null
    group by material
)

select
    names.material,
    assessed.name_in_list,
    assessed.supply_risk,
    importance.published_economic_importance as economic_importance,
from assessed
inner join marts.bridge_material_names as names
    on lower(assessed.name_in_list) = names.term
left join marts.fct_economic_importance as importance
    on
        assessed.name_in_list = importance.material
        and importance.assessment_id = 'ec2023'
order by names.material, assessed.name_in_list;

-- One row per name in the 2023 study that is a material: the published supply risk and economic
-- importance. Critical from 1.0 and 2.8 together.
select
    names.material,
    risks.material as name_in_list,
    max(risks.published_supply_risk) as supply_risk,
    any_value(importance.published_economic_importance) as economic_importance,
from marts.fct_supply_risk as risks
inner join marts.bridge_material_names as names
    on lower(risks.material) = names.term
left join marts.fct_economic_importance as importance
    on
        risks.material = importance.material
        and risks.assessment_id = importance.assessment_id
where risks.assessment_id = 'ec2023' and risks.published_supply_risk is not null
group by names.material, risks.material
order by names.material, risks.material;

-- One row per mineral of World Mining Data and year that had ended by the day: world production,
-- its largest producer and how concentrated it is, with the material that the mineral is.
select
    names.material,
    production.*,
from marts.fct_production_concentration as production
inner join marts.bridge_material_names as names
    on lower(production.mineral) = names.term
where make_date(production.year, 12, 31) < getvariable('as_of')
order by names.material, production.mineral, production.year desc;

-- One row per member of the EU27, by name: who can be chosen on the overview instead of the EU27.
select country_iso3
from marts.dim_country
where is_eu27_member
order by country_name;

-- One row per importer that is followed beside the EU27, by name, its members first: who can be
-- chosen on the overview instead of the EU27.
select
    country_iso3,
    is_eu27_member,
from marts.dim_country
where is_followed_importer
order by not is_eu27_member, country_name;

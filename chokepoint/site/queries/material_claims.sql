-- One row per material and public claim about licences made by the day that names it.
with

parts as (
    select
        *,
        unnest(string_split(material, ';')) as part,
    from temp.licences_claims
)

select distinct on (names.material, parts.claim_id)
    parts.* exclude (parts.material, parts.part),
    names.material,
from parts
inner join marts.bridge_material_names as names
    on lower(trim(parts.part)) = names.term
order by names.material, parts.claim_date_latest desc, parts.claim_id;

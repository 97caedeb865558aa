-- One row per material and public claim about licences made by the day that names it.
with

parts as (
    select
        *,
        unnest(string_split(material, ';')) as part,
    from marts.fct_licence_claims
    where claim_date_latest <= cast(getvariable('as_of') as date)
)

select distinct
    names.material,
    parts.claim_id,
    parts.body,
    parts.claim_date,
    parts.claim_date_latest,
    parts.population,
    parts.indicators,
    parts.outcome,
    parts.stated_value,
    parts.stated_unit,
    parts.numerator,
    coalesce(parts.denominator_text, cast(parts.denominator as varchar)) as denominator_text,
    parts.share_of_filed,
    parts.share_low,
    parts.share_high,
    parts.licensing_authority,
    parts.evidence_grade,
    parts.source_title,
    parts.source_url,
from parts
inner join marts.bridge_material_names as names
    on lower(trim(parts.part)) = names.term
order by names.material, parts.claim_date_latest desc, parts.claim_id;

-- One row per line of the brief that fell due, or became known, in the 90 days before the day of
-- the site, and material that it or its measure names (empty: none). Lines from a synthetic sample
-- are left out.
with

lines as (
    select
        fact_id,
        line_kind,
        any_value(headline) as headline,
        any_value(evidence_url) as evidence_url,
        any_value(certainty) as certainty,
        any_value(material) as material,
        any_value(measure_id) as measure_id,
        max(greatest(known_from, coalesce(due_on, known_from))) as told_on,
    from marts.fct_brief_facts
    where
        data_origin <> 'synthetic'
        and not is_standing
        and greatest(known_from, coalesce(due_on, known_from))
        between getvariable('as_of') - 90 and getvariable('as_of')
        and (known_to is null or known_to > getvariable('as_of'))
    group by fact_id, line_kind
),

naming as (
    select
        material,
        measure_id,
        null as term,
    from temp.material_measures
    union all by name
    from marts.bridge_material_names
)

select distinct
    lines.* exclude (lines.material, lines.measure_id),
    naming.material,
from lines
left join naming
    on
        lines.measure_id = naming.measure_id
        or lower(lines.material) = naming.term
order by lines.told_on desc, lines.fact_id, naming.material;

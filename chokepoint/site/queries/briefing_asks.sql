-- One row per code of `codes` and clause in force, or presumed back, that lists it for the
-- importer: the kind of permit, the exemption, and what decides whether a good is covered that
-- holds what `holds` names in the same place.
select
    asked.code,
    covering.*,
    acts.jurisdiction,
from (
    select
        unnest(cast(getvariable('codes') as varchar[])) as code,
        unnest(cast(getvariable('holds') as varchar[])) as holds,
) as asked,
    reports.is_covered(
        asked.code,
        cast(getvariable('importer') as varchar),
        null,
        asked.holds,
        null,
        cast(getvariable('as_of') as date),
        cast(getvariable('known_on') as date)
    ) as covering
inner join marts.dim_act as acts
    on covering.measure_id = acts.act_id
where covering.claim_group = 'base' and covering.licence_type is not null
qualify
    row_number() over (
        partition by asked.code, covering.measure_id order by covering.clause_id, covering.user_type
    ) = 1
order by list_position(cast(getvariable('codes') as varchar[]), asked.code), covering.measure_id;

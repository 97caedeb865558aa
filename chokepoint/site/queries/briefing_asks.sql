-- One row per code of `codes` and clause in force, or presumed back, that lists it for the
-- importer: the kind of permit, the exemption, and what decides whether a good is covered that
-- holds what `holds` names in the same place.
select
    asked.code,
    covering.*,
    acts.jurisdiction,
from
    (
        select
            unnest(cast(getvariable('codes') as varchar[])) as code,
            unnest(cast(getvariable('holds') as varchar[])) as holds,
    ) as asked,
    reports.is_covered(
        asked.code, getvariable('importer'), null, asked.holds, null, getvariable('as_of'),
        getvariable('known_on')
    ) as covering
inner join marts.dim_act as acts
    on covering.measure_id = acts.act_id
where covering.claim_group = 'base' and covering.licence_type is not null
qualify
    row_number() over (
        partition by asked.code, covering.measure_id order by covering.clause_id, covering.user_type
    ) = 1
order by list_position(getvariable('codes'), asked.code), covering.measure_id;

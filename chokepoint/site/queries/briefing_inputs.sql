-- One row per material with figures whose largest supplier for the importer restricts its export to
-- it, in force or presumed back: the strictest such act. The most imports from that supplier first.
-- Reads temp.country_imports, temp.material_measures and temp.briefing_states.
with

acts as (
    select
        named.material,
        issuers.country_iso3,
        min(states.state_rank) as state_rank,
        arg_min(states.state, (states.state_rank, states.valid_from)) as state,
        arg_min(states.measure_id, (states.state_rank, states.valid_from)) as measure_id,
        arg_min(states.instrument_no, (states.state_rank, states.valid_from)) as instrument_no,
        arg_min(states.title, (states.state_rank, states.valid_from)) as title,
        arg_min(states.source_url, (states.state_rank, states.valid_from)) as source_url,
        any_value(issuers.country_name) as issued_by,
    from temp.briefing_states as states
    inner join temp.material_measures as named
        on states.measure_id = named.measure_id
    inner join marts.dim_country as issuers
        on states.jurisdiction = issuers.country_iso2
    where
        states.claim_group = 'base'
        and states.is_reaching
        and states.state in ('in_force', 'exempted', 'lapsed_presumed')
    group by named.material, issuers.country_iso3
)

select
    imports.material,
    imports.product_code,
    imports.match_quality,
    imports.period,
    imports.source_name,
    imports.top_supplier_value_share,
    imports.eu_share,
    imports.is_member,
    imports.import_value_eur / imports.eu_value_eur as part_of_eu,
    imports.import_value_eur * imports.top_supplier_value_share as from_supplier_eur,
    acts.state,
    acts.instrument_no,
    acts.title,
    acts.source_url,
    acts.issued_by,
from temp.country_imports as imports
inner join acts
    on
        imports.material = acts.material
        and imports.top_supplier_iso3 = acts.country_iso3
where imports.reporter_code = cast(getvariable('importer') as varchar)
order by from_supplier_eur desc, imports.material;

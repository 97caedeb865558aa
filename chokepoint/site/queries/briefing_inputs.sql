-- One row per material with figures whose largest supplier for the importer restricts its export to
-- it, in force or presumed back: the strictest such act. The most imports from that supplier first.
with

acts as (
    select
        states.*,
        named.material,
        issuers.country_iso3,
    from temp.briefing_states as states
    inner join temp.material_measures as named using (measure_id)
    inner join marts.dim_country as issuers
        on states.jurisdiction = issuers.country_iso2
    where
        states.claim_group = 'base'
        and states.is_reaching
        and states.state_group in ('in_force', 'lapsed_presumed')
    qualify
        row_number() over (
            partition by named.material, issuers.country_iso3
            order by states.state_rank, states.valid_from, states.measure_id
        ) = 1
)

select
    imports.*,
    imports.import_value_eur / imports.eu_value_eur as part_of_eu,
    imports.import_value_eur * imports.top_supplier_value_share as from_supplier_eur,
    acts.state,
    acts.certainty,
    acts.instrument_no,
    acts.title,
    acts.source_url,
    acts.jurisdiction,
from temp.country_imports as imports
inner join acts
    on
        imports.material = acts.material
        and imports.top_supplier_iso3 = acts.country_iso3
where imports.reporter_code = getvariable('importer')
-- A code that several materials share is of the one that it holds most of.
qualify
    row_number() over (
        partition by imports.product_code order by imports.match_rank, imports.material
    ) = 1
order by from_supplier_eur desc, imports.material;

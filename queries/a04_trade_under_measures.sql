-- A4: How much of what an importer buys from a partner is under which state of law?
-- One row per product and state; each unit counts once, in the strictest state of the measures on
-- it, the rest is not_covered. Weighed by the latest complete year before the day. A code that is
-- part_of another is counted there, wholly or in part, and must not be added to it.
-- Certainty: `settled`, `presumed`, `bounds_only` (the covered share of the code is not known),
-- `may_overlap` (a listed code of another edition may hold goods of this one: which measures is said,
-- no bound moves), or `disputed`; then the rival reading is beside it.
-- param: reporter text 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- param: partner text 'Exporting country (CN, CHN, China); default: CHN'
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Day whose knowledge counts; default: as_of'
-- param: product text 'HS6 or CN8 code and what begins with it; default: products under a measure'
select
    product_code,
    part_of_product_code as part_of,
    state,
    certainty,
    weight_period,
    source_id,
    nomenclature,
    round(product_value_eur / 1e6, 2) as product_meur,
    round(value_eur_low / 1e6, 2) as low_meur,
    round(value_eur_central / 1e6, 2) as central_meur,
    round(value_eur_high / 1e6, 2) as high_meur,
    round(product_net_mass_kg / 1e3) as product_t,
    round(net_mass_kg_low / 1e3) as low_t,
    round(net_mass_kg_central / 1e3) as central_t,
    round(net_mass_kg_high / 1e3) as high_t,
    rival_claim_group,
    round(rival_value_eur_low / 1e6, 2) as rival_low_meur,
    round(rival_value_eur_high / 1e6, 2) as rival_high_meur,
    may_overlap_measure_ids,
    instrument_nos,
    titles,
    source_urls,
from reports.trade_under_measures(
    coalesce(cast(getvariable('reporter') as varchar), 'EU27'),
    coalesce(cast(getvariable('partner') as varchar), 'CHN'),
    coalesce(cast(getvariable('as_of') as date), current_date),
    cast(getvariable('known_on') as date)
)
where
    case
        when getvariable('product') is null then measure_count > 0
        else
            starts_with(
                product_code,
                regexp_replace(cast(getvariable('product') as varchar), '[^0-9]', '', 'g')
            )
    end
order by product_code, state;

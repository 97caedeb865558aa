-- A4: How much of what an importer buys from a partner is under which state of law?
-- One row per product and state; each unit counts once, in the strictest state of the measures on
-- it, the rest is not_covered. Weighed by the latest complete year before the day. A code that is
-- part_of another is counted there, wholly or in part, and must not be added to it.
-- Certainty: `settled`, `presumed`, `bounds_only` (the covered share of the code is not known),
-- `may_overlap` (a listed code of another edition may hold goods of this one: which measures is said,
-- no bound moves), or `disputed`; then the rival reading is beside it.
-- Law is read up to law_checked_to: of the jurisdictions that restrict exports of the partner, the
-- one read longest ago.
-- param: reporter text 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- param: partner text 'Exporting country (CN, CHN, China); default: CHN'
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Day whose knowledge counts; default: as_of'
-- param: product text 'HS6 or CN8 code and what begins with it; default: products under a measure'
with

readings as (
    select
        exporters.country_iso3,
        min(coverage.law_checked_to) as law_checked_to,
        arg_min(coverage.newest_act, coverage.law_checked_to) as newest_act,
    from marts.bridge_measure_exporters as exporters
    inner join marts.dim_act as acts
        on exporters.measure_id = acts.act_id
    inner join meta.law_coverage as coverage using (jurisdiction)
    group by exporters.country_iso3
)

select
    flows.product_code,
    flows.part_of_product_code as part_of,
    flows.state,
    flows.certainty,
    flows.weight_period,
    flows.source_id,
    flows.nomenclature,
    round(flows.product_value_eur / 1e6, 2) as product_meur,
    round(flows.value_eur_low / 1e6, 2) as low_meur,
    round(flows.value_eur_central / 1e6, 2) as central_meur,
    round(flows.value_eur_high / 1e6, 2) as high_meur,
    round(flows.product_net_mass_kg / 1e3) as product_t,
    round(flows.net_mass_kg_low / 1e3) as low_t,
    round(flows.net_mass_kg_central / 1e3) as central_t,
    round(flows.net_mass_kg_high / 1e3) as high_t,
    flows.rival_claim_group,
    round(flows.rival_value_eur_low / 1e6, 2) as rival_low_meur,
    round(flows.rival_value_eur_high / 1e6, 2) as rival_high_meur,
    flows.may_overlap_measure_ids,
    flows.instrument_nos,
    flows.titles,
    flows.source_urls,
    readings.law_checked_to,
    readings.newest_act,
from reports.trade_under_measures(
    coalesce(cast(getvariable('reporter') as varchar), 'EU27'),
    coalesce(cast(getvariable('partner') as varchar), 'CHN'),
    coalesce(cast(getvariable('as_of') as date), current_date),
    cast(getvariable('known_on') as date)
) as flows
left join readings
    on flows.partner_iso3 = readings.country_iso3
where
    case
        when getvariable('product') is null then flows.measure_count > 0
        else
            starts_with(
                flows.product_code,
                regexp_replace(cast(getvariable('product') as varchar), '[^0-9]', '', 'g')
            )
    end
order by flows.product_code, flows.state;

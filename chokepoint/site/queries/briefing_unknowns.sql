-- One row: counts of what the page leaves out or cannot tell on the day, as known on known_on.
with

standing as (
    select
        bool_or(state_group = 'in_force') as is_in_force,
        bool_or(is_reaching) as is_reaching,
        bool_or(is_unrecorded) as is_unrecorded,
    from temp.briefing_states
    where claim_group = 'base'
    group by measure_id
),

counted as (
    select
        count(*) filter (where not is_reaching and not is_unrecorded) as others,
        count(*) filter (not is_reaching and not is_unrecorded and is_in_force) as others_in_force,
        count(*) filter (where not is_reaching and is_unrecorded) as unrecorded,
    from standing
),

-- Acts that restrict no trade in goods by themselves, by kind.
apart as (
    select
        instrument,
        count(distinct measure_id) as act_count,
    from temp.states
    where claim_group = 'base' and standing <> 'relief' and not restricts_goods
    group by instrument
),

kinds as (
    select
        list(instrument || ' (' || act_count || ')' order by act_count desc, instrument)
            as kinds_apart,
        coalesce(sum(act_count), 0) as acts_apart,
    from apart
),

flows as (
    select
        count(distinct product_code) filter (value_eur_central is null) as products_without_share,
        string_agg(distinct weight_period, ', ' order by weight_period) as weight_periods,
    from
        reports.trade_under_measures(
            getvariable('importer'), null, getvariable('as_of'), getvariable('known_on')
        )
    where measure_count > 0 and part_of_product_code is null
),

known as (
    select min(known_from) as first_known_from
    from marts.fct_measure_states
),

-- Of applicants in the EU, or elsewhere in the importer.
granted as (
    select licences.*
    from marts.fct_licence_claims as licences
    left join marts.dim_country as countries
        on countries.country_iso3 = getvariable('importer')
    where
        licences.is_about_applications
        and licences.licensing_authority = 'China'
        and licences.outcome = 'approved'
        and starts_with(
            licences.population,
            if(getvariable('whole') = 'EU27', 'EU', countries.country_iso2) || '; '
        )
        and licences.claim_date_latest <= getvariable('known_on')
),

-- The largest count: claims of different populations are never put together.
largest_claim as (
    select
        body as licence_body,
        claim_date as licence_date,
        claim_date_latest as counted_by,
        numerator as licence_approved,
        denominator as licence_filed,
        share_low as licence_share_low,
        share_high as licence_share_high,
    from granted
    where numerator is not null and denominator is not null and share_low is not null
    order by denominator desc, claim_date_latest desc, claim_id
    limit 1
),

-- The newest share that somebody stated after it without a count.
later_claim as (
    select
        granted.body as later_body,
        granted.claim_date as later_date,
        replace(granted.qualifier, '_', ' ') as later_qualifier,
        granted.stated_value / 100 as later_share,
    from granted
    inner join largest_claim
        on granted.claim_date_latest > largest_claim.counted_by
    where starts_with(granted.stated_unit, '%') and granted.numerator is null
    order by granted.claim_date_latest desc, granted.claim_id
    limit 1
)

select
    counted.*,
    kinds.*,
    flows.*,
    known.*,
    largest_claim.*,
    later_claim.*,
from counted, kinds, flows, known
left join largest_claim on true
left join later_claim on true;

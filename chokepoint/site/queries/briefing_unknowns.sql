-- One row: counts of what the page leaves out or cannot tell on the day, as known on known_on.
with

asked as (
    select
        cast(getvariable('as_of') as date) as as_of,
        cast(getvariable('known_on') as date) as known_on,
        cast(getvariable('importer') as varchar) as importer,
        cast(getvariable('whole') as varchar) as whole,
),

standing as (
    select
        measure_id,
        bool_or(state in ('in_force', 'exempted')) as is_in_force,
        bool_or(is_reaching) as is_reaching,
        bool_or(is_unrecorded) as is_unrecorded,
    from temp.briefing_states
    where claim_group = 'base'
    group by measure_id
),

-- Acts that restrict no trade in goods by themselves, by kind.
apart as (
    select
        acts.instrument,
        count(distinct states.measure_id) as act_count,
    from asked, reports.measure_state(asked.as_of, asked.known_on) as states
    inner join marts.dim_act as acts
        on
            states.measure_id = acts.act_id
            and acts.standing <> 'relief'
            and acts.severity_weight is null
    where states.claim_group = 'base'
    group by acts.instrument
),

flows as (
    select
        trade.product_code,
        trade.weight_period,
        trade.value_eur_central,
    from asked, reports.trade_under_measures(
        asked.importer, null, asked.as_of, asked.known_on
    ) as trade
    where trade.measure_count > 0 and trade.part_of_product_code is null
),

-- Applicants in the EU, or elsewhere in the importer.
applicants as (
    select
        case
            when asked.whole = 'EU27' then 'EU'
            else (
                select countries.country_iso2
                from marts.dim_country as countries
                where countries.country_iso3 = asked.importer
            )
        end as applicants_in,
    from asked
),

-- The largest count of them: claims of different populations are never put together.
largest_claim as (
    select licences.*
    from marts.fct_licence_claims as licences, asked, applicants
    where
        licences.is_about_applications
        and licences.licensing_authority = 'China'
        and licences.outcome = 'approved'
        and starts_with(licences.population, applicants.applicants_in || '; ')
        and licences.numerator is not null
        and licences.denominator is not null
        and licences.share_low is not null
        and licences.claim_date_latest <= asked.known_on
    order by licences.denominator desc, licences.claim_date_latest desc, licences.claim_id
    limit 1
)

select
    count(*) filter (where not standing.is_reaching and not standing.is_unrecorded)
        as others,
    count(*) filter (
        where
            not standing.is_reaching
            and not standing.is_unrecorded
            and standing.is_in_force
    ) as others_in_force,
    count(*) filter (where not standing.is_reaching and standing.is_unrecorded)
        as unrecorded,
    (
        select min(states.known_from)
        from marts.fct_measure_states as states
    ) as first_known_from,
    (
        select count(distinct flows.product_code)
        from flows
        where flows.value_eur_central is null
    ) as products_without_share,
    (
        select string_agg(distinct flows.weight_period, ', ' order by flows.weight_period)
        from flows
    ) as weight_periods,
    (
        select
            list(
                apart.instrument || ' (' || apart.act_count || ')'
                order by apart.act_count desc, apart.instrument
            )
        from apart
    ) as kinds_apart,
    (
        select coalesce(sum(apart.act_count), 0)
        from apart
    ) as acts_apart,
    any_value(largest_claim.body) as licence_body,
    any_value(largest_claim.claim_date) as licence_date,
    any_value(largest_claim.numerator) as licence_approved,
    any_value(largest_claim.denominator) as licence_filed,
    any_value(largest_claim.share_low) as licence_share_low,
    any_value(largest_claim.share_high) as licence_share_high,
from standing
left join largest_claim
    on true;

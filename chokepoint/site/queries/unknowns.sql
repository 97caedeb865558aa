-- One row: counts of what the release cannot tell on the day.
with

promises as (
    select *
    from marts.fct_commitment_scorecard
    where
        known_from <= cast(getvariable('as_of') as date)
        and made_on <= cast(getvariable('as_of') as date)
    qualify row_number() over (partition by commitment_id order by period desc) = 1
),

licences as (
    select
        min(share_low) as licence_share_low,
        max(share_high) as licence_share_high,
    from marts.fct_licence_claims
    where
        is_about_applications
        and outcome = 'approved'
        and licensing_authority = 'China'
        and claim_date_latest <= cast(getvariable('as_of') as date)
)

select
    count(promises.commitment_id) as commitments,
    count(*) filter (where promises.verdict = 'not_measurable') as commitments_not_measurable,
    count(*) filter (
        where
            promises.verdict = 'not_measurable'
            and coalesce(promises.code_match, 'finer_than_code') = 'finer_than_code'
    ) as commitments_without_figures,
    any_value(licences.licence_share_low) as licence_share_low,
    any_value(licences.licence_share_high) as licence_share_high,
    (
        select count(distinct durations.data_origin)
        from marts.fct_licence_durations as durations
        where durations.data_origin = 'own'
    ) as own_registers,
from licences
left join promises
    on true;

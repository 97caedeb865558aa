-- One row: counts of what the release cannot tell on the day.
with

promises as (
    select *
    from marts.fct_commitment_scorecard
    where
        known_from <= cast(getvariable('as_of') as date)
        and made_on <= cast(getvariable('as_of') as date)
    qualify row_number() over (partition by commitment_id order by period desc) = 1
)

select
    (
        select count(*)
        from promises
        where verdict = 'not_measurable'
    ) as commitments_not_measurable,
    (
        select count(*)
        from promises
        where
            verdict = 'not_measurable'
            and coalesce(code_match, 'finer_than_code') = 'finer_than_code'
    ) as commitments_without_figures,
    (
        select count(*)
        from promises
    ) as commitments,
    (
        select count(distinct claim_id)
        from marts.fct_licence_claims
        where
            is_about_applications
            and share_low is not null
            and licensing_authority = 'China'
            and claim_date_latest <= cast(getvariable('as_of') as date)
    ) as licence_claims,
    (
        select min(share_low)
        from marts.fct_licence_claims
        where
            is_about_applications
            and outcome = 'approved'
            and licensing_authority = 'China'
            and claim_date_latest <= cast(getvariable('as_of') as date)
    ) as licence_share_low,
    (
        select max(share_high)
        from marts.fct_licence_claims
        where
            is_about_applications
            and outcome = 'approved'
            and licensing_authority = 'China'
            and claim_date_latest <= cast(getvariable('as_of') as date)
    ) as licence_share_high,
    (
        select count(distinct data_origin)
        from marts.fct_licence_durations
        where data_origin = 'own'
    ) as own_registers;

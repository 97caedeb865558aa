-- One row: what the release cannot tell of licences on the day.
select
    min(share_of_filed) as licence_share_low,
    max(share_of_filed) as licence_share_high,
    (
        select count(*)
        from marts.fct_licence_durations as durations
        where durations.data_origin = 'own'
    ) as own_registers,
from marts.fct_licence_claims
where
    is_about_applications
    and licensing_authority = 'China'
    and claim_date_latest <= getvariable('as_of');

-- One row per public claim on licences made by the day. About applications: what was counted, of
-- how many, and between which bounds the share approved in the end must lie. Others: firms, values.
select
    * replace (coalesce(denominator_text, cast(denominator as varchar)) as denominator_text),
    applications_pending as pending,
    case
        when
            applications_approved is not null
            and (denominator is not null or applications_rejected is not null)
            then 'counted'
        when share_of_filed is not null then 'share only'
        else 'count alone'
    end as certainty,
from marts.fct_licence_claims
where claim_date_latest <= getvariable('as_of')
order by claim_date_latest, claim_id;

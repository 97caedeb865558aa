-- One row per flow that is set beside a promise without a say, as far as it could be known on the
-- day.
with

known as (
    select *
    from marts.fct_commitment_indicators
    where
        role = 'comparison'
        and known_from <= coalesce(cast(getvariable('as_of') as date), current_date)
    qualify row_number() over (partition by indicator_id order by period desc) = 1
)

select
    known.commitment_id,
    known.reading,
    known.reading_reason,
    known.indicator,
    known.flow,
    coalesce(reporters.country_name, known.reporter_code) as reporter_name,
    known.partner_code,
    coalesce(partners.country_name, known.partner_code) as partner_name,
    known.product_code,
    known.source_id,
    known.observed_ratio,
    known.least_fall_noticed,
    known.known_from,
from known
left join marts.dim_country as reporters
    on known.reporter_code = reporters.country_iso3
left join marts.dim_country as partners
    on known.partner_code = partners.country_iso3
order by known.commitment_id, known.indicator_id;

-- One row per flow that is set beside a promise without a say, as far as it could be known on the
-- day.
select
    known.* exclude (known.data_origin),
    coalesce(reporters.country_name, known.reporter_code) as reporter_name,
    coalesce(partners.country_name, known.partner_code) as partner_name,
from marts.fct_commitment_indicators as known
left join marts.dim_country as reporters
    on known.reporter_code = reporters.country_iso3
left join marts.dim_country as partners
    on known.partner_code = partners.country_iso3
where known.role = 'comparison' and known.known_from <= cast(getvariable('as_of') as date)
qualify row_number() over (partition by known.indicator_id order by known.period desc) = 1
order by known.commitment_id, known.indicator_id;

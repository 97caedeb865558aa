-- One row per promise to the importer, as far as it could be known on known_on: the verdict and the
-- one flow that it is judged by. Those with a verdict first. No synthetic flow.
with

asked as (
    select
        cast(getvariable('as_of') as date) as as_of,
        cast(getvariable('known_on') as date) as known_on,
        cast(getvariable('importer') as varchar) as importer,
),

addressees as (
    select 'ALL' as promised_to
    union all
    select countries.country_iso2
    from marts.dim_country as countries, asked
    where countries.country_iso3 = asked.importer
    union all
    select 'EU' as promised_to
    from asked
    where
        asked.importer = 'EU27'
        or asked.importer in (
            select countries.country_iso3
            from marts.dim_country as countries
            where countries.is_eu27_member
        )
),

known as (
    select scorecard.*
    from asked
    inner join marts.fct_commitment_scorecard as scorecard
        on
            asked.known_on >= scorecard.known_from
            and asked.as_of >= scorecard.made_on
            and scorecard.data_origin <> 'synthetic'
    inner join addressees
        on scorecard.promised_to = addressees.promised_to
    qualify
        row_number() over (
            partition by scorecard.commitment_id order by scorecard.period desc
        ) = 1
)

select
    known.commitment_id,
    known.made_on,
    known.promised_by,
    known.promised_to,
    known.summary,
    known.verdict,
    known.indicator,
    known.flow,
    coalesce(reporters.country_name, known.reporter_code) as reporter_name,
    coalesce(partners.country_name, known.partner_code) as partner_name,
    known.role,
    known.product_code,
    known.code_match,
    known.source_id,
    known.observed_months,
    known.observed_ratio,
    known.least_fall_noticed,
    known.period,
    known.first_knowable_date,
    count(*) over () as promise_count,
from known
left join marts.dim_country as reporters
    on known.reporter_code = reporters.country_iso3
left join marts.dim_country as partners
    on known.partner_code = partners.country_iso3
order by
    case known.verdict
        when 'not_kept' then 1
        when 'partly' then 2
        when 'kept' then 3
        when 'too_early' then 4
        else 5
    end,
    known.observed_ratio is null,
    known.made_on desc,
    known.commitment_id;

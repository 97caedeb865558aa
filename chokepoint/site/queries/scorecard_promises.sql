-- One row per promise as far as it could be known on the day, or on known_on where that is given:
-- the flow that speaks for it, its months against the baseline, the placebo, and the verdict.
-- `promisers` are the codes of the countries whose governments or authorities gave it.
with

bodies as (
    select
        issuing_authority as body,
        jurisdiction as country_iso2,
    from marts.dim_act
    union
    select
        unnest([country_name, country_iso2]) as body,
        country_iso2,
    from marts.dim_country
    union
    select
        'EU' as body,
        'EU' as country_iso2,
),

known as (
    select *
    from marts.fct_commitment_scorecard
    where
        known_from
        <= coalesce(cast(getvariable('known_on') as date), cast(getvariable('as_of') as date))
        and made_on <= cast(getvariable('as_of') as date)
    qualify row_number() over (partition by commitment_id order by period desc) = 1
),

promisers as (
    select
        known.commitment_id,
        list_sort(list(distinct bodies.country_iso2)) as promisers,
    from known
    inner join bodies
        on list_contains(string_split(known.promised_by, '; '), bodies.body)
    group by known.commitment_id
)

select
    known.commitment_id,
    known.summary,
    known.promised_by,
    known.promised_to,
    coalesce(promisers.promisers, []) as promisers,
    known.verdict,
    known.verdict_reason,
    known.expected_direction,
    known.indicator_id,
    known.role,
    known.indicator,
    known.flow,
    coalesce(reporters.country_name, known.reporter_code) as reporter_name,
    known.partner_code,
    coalesce(partners.country_name, known.partner_code) as partner_name,
    known.product_code,
    known.code_match,
    known.source_id,
    known.baseline_method,
    known.baseline_measure_id,
    known.placebo_result,
    known.data_origin,
    known.note,
    known.source_title,
    known.source_url,
    known.lag_months,
    known.window_months,
    known.observed_months,
    known.comparison_count,
    known.comparison_reached_count,
    known.least_fall_noticed,
    known.baseline_months_with_trade,
    known.observed_amount,
    known.baseline_amount,
    known.observed_ratio,
    known.ratio_before,
    known.placebo_ratio,
    known.threshold,
    known.partly_threshold,
    known.made_on,
    known.first_knowable_date,
    known.known_from,
    known.period,
from known
left join promisers
    on known.commitment_id = promisers.commitment_id
left join marts.dim_country as reporters
    on known.reporter_code = reporters.country_iso3
left join marts.dim_country as partners
    on known.partner_code = partners.country_iso3
order by known.made_on, known.commitment_id;

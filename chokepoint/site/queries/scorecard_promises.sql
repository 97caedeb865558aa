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
    select
        *,
        verdict in ('not_kept', 'partly', 'kept') as has_verdict,
        has_verdict and coalesce(code_match, '') = 'proxy' as is_by_proxy,
        has_verdict and not is_by_proxy as is_judged,
    from marts.fct_commitment_scorecard
    where
        known_from
        <= coalesce(getvariable('known_on'), getvariable('as_of'))
        and made_on <= getvariable('as_of')
    qualify row_number() over (partition by commitment_id order by period desc) = 1
)

select
    known.*,
    coalesce(
        (
            select list(distinct bodies.country_iso2 order by bodies.country_iso2)
            from bodies
            where list_contains(string_split(known.promised_by, '; '), bodies.body)
        ),
        []
    ) as promisers,
from known
order by known.made_on, known.commitment_id;

-- A9: Communique versus flow: what was promised, and what moved?
-- One row per promise, as known on a day: the flow by which it is judged, its months against the
-- baseline, the placebo, the verdict. The verdict compares the two and names no cause.
-- `judged_by`: the flow to the addressee of the promise, as the importer, the exporter or the
-- press reports it. `compared` counts other flows, which do not affect the verdict
-- (marts.fct_commitment_indicators). Ratios: 100% is the level projected from the months before
-- the promise, or before the act named. `by a proxy`: the code holds wider goods than promised.
-- `least_fall_noticed_pct`: with so few and so noisy months, a smaller lasting fall would not be
-- noticed. Above 50% there is no verdict.
-- Certainty: how well the trade code isolates the goods, or why there is no verdict. Either no
-- figure of the goods is published, or months are missing: `verdict_reason` lists them.
-- param: known_on date 'Leave out later knowledge; default: all that is published'
-- param: product code 'HS6 code, or its first digits; default: all'
-- param: promised_to text 'EU, ALL or an alpha-2 code; default: everybody'
-- param: history boolean 'All states of knowledge, not only the last; default: false'
-- short: commitment_id, promise, verdict, certainty, judged_by, least_fall_noticed_pct
-- short: observed_pct
-- first: 'verdict'
with

asked as (
    select
        coalesce(cast(getvariable('known_on') as date), date '9999-12-31') as known_on,
        coalesce(cast(getvariable('product') as varchar), '') as product,
        cast(getvariable('promised_to') as varchar) as promised_to,
        coalesce(cast(getvariable('history') as boolean), false) as has_history,
),

known as (
    select
        scorecard.*,
        asked.has_history,
        row_number() over (
            partition by scorecard.commitment_id order by scorecard.period desc
        ) = 1 as is_last_known,
    from marts.fct_commitment_scorecard as scorecard
    inner join asked
        on
            scorecard.known_from <= asked.known_on
            and starts_with(coalesce(scorecard.product_code, ''), asked.product)
            and scorecard.promised_to = coalesce(asked.promised_to, scorecard.promised_to)
)

select
    known.commitment_id,
    known.made_on,
    known.promised_by,
    known.promised_to,
    known.summary,
    known.verdict || if(
        known.verdict not in ('too_early', 'not_measurable') and known.code_match = 'proxy',
        ', by a proxy', ''
    ) as verdict,
    known.verdict_reason,
    case
        when known.verdict = 'too_early' then 'no verdict: too early'
        when coalesce(known.code_match, 'finer_than_code') = 'finer_than_code'
            then 'no verdict: none published'
        when known.verdict = 'not_measurable' and known.observed_months < known.least_months
            then 'no verdict: too few months'
        when known.verdict = 'not_measurable' then 'no verdict: not measurable'
        else 'code: ' || known.code_match || '; placebo: ' || known.placebo_result
    end as certainty,
    known.expected_direction,
    known.role as judged_by,
    known.indicator_id,
    known.indicator,
    known.reporter_code,
    known.partner_code,
    known.flow,
    known.product_code,
    known.source_id,
    known.lag_months,
    known.observed_months,
    known.span_mean_months,
    round(known.baseline_amount) as baseline_amount,
    round(known.observed_amount) as observed_amount,
    round(100 * known.observed_ratio, 1) as observed_pct,
    round(100 * known.least_fall_noticed, 1) as least_fall_noticed_pct,
    known.comparison_count as compared,
    known.comparison_measured_count as compared_measured,
    known.comparison_reached_count as compared_reached,
    round(100 * known.ratio_before, 1) as before_pct,
    known.placebo_result,
    known.placebo_product_code,
    round(100 * known.placebo_ratio, 1) as placebo_pct,
    round(100 * known.placebo_ratio_before, 1) as placebo_before_pct,
    known.period as last_month,
    known.known_from,
    known.first_knowable_date,
    known.data_origin,
    known.source_title,
    known.source_url,
    known.made_on || ': ' || known.summary as promise,
from known
where known.is_last_known or known.has_history
order by known.made_on, known.commitment_id, known.period;

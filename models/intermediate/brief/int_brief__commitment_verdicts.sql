with

verdicts as (select * from {{ ref('int_continuity__commitment_verdicts') }}),

-- A verdict is told when it changes, until the next one.
changed as (
    select *
    from verdicts
    qualify
        coalesce(lag(verdict) over (partition by commitment_id order by period), '') <> verdict
),

followed as (
    select
        *,
        lead(known_from) over (partition by commitment_id order by period) as known_to,
    from changed
),

final as (
    select
        'commitment_verdict|' || commitment_id || '|' || period as fact_id,
        'commitment_verdict' as line_kind,
        case verdict
            when 'not_kept' then 'high'
            when 'partly' then 'medium'
            else 'low'
        end as severity,
        case when data_origin = 'synthetic' then 'Synthetic sample: ' else '' end
        || promised_by || ' to ' || promised_to || ', ' || made_on || ': ' || summary
        || ' Verdict: ' || replace(verdict, '_', ' ') || '. ' || verdict_reason as headline,
        commitment_id || '|' || verdict as subject_id,
        product_code,
        partner_code,
        source_id,
        source_url as evidence_url,
        source_title as evidence_title,
        'settled' as certainty,
        data_origin,
        known_from as event_date,
        known_from,
        known_to,
    from followed
    -- That it is too early is no news, but it ends what was told before.
    where verdict <> 'too_early'
)

select * from final

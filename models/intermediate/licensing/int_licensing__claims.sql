with

statistics as (
    select * rename (period as period_text, value as value_number)
    from {{ ref('licensing_stats') }}
),

indicator_map as (select * from {{ ref('licence_indicator_map') }}),

-- A claim is what one body said of one population on one date. Counts of applications
-- belong together; every other figure is a claim of its own.
parts as (
    select
        statistics.*,
        coalesce(indicator_map.role, 'other') as role,
        indicator_map.outcome,
        coalesce(
            indicator_map.qualifier,
            case when statistics.unit like '%about%' then 'about' end
        ) as qualifier,
        -- The first number of the stated denominator: "180 applications", "about 2,000".
        try_cast(
            nullif(regexp_extract(replace(statistics.denominator, ',', ''), '[0-9]+'), '')
            as decimal(18, 0)
        ) as stated_denominator,
        coalesce(
            indicator_map.role in ('filed', 'approved', 'pending', 'rejected')
            and statistics.unit like 'count%',
            false
        ) as is_application_count,
    from statistics
    left join indicator_map
        on statistics.indicator = indicator_map.indicator
),

grouped as (
    select
        case
            when is_application_count
                then min(stat_id) over (
                    partition by
                        is_application_count,
                        issuing_body,
                        stat_date,
                        period_text,
                        sector,
                        material,
                        applicant_jurisdiction,
                        licensing_authority
                )
            else stat_id
        end as claim_id,
        *,
    from parts
),

-- Counts of one claim, side by side.
claims as (
    select
        claim_id,
        issuing_body as body,
        licensing_authority,
        any_value(applicant_jurisdiction) as applicant_jurisdiction,
        any_value(stat_date) as claim_date,
        any_value(period_text) as period_text,
        any_value(sector) as sector,
        any_value(material) as material,
        string_agg(indicator, '; ' order by stat_id) as indicators,
        string_agg(stat_id, '; ' order by stat_id) as stat_ids,
        max(value_number) filter (where not is_application_count) as stated_value,
        max(unit) filter (where not is_application_count) as stated_unit,
        max(denominator) as denominator_text,
        max(qualifier) as qualifier,
        max(outcome) as outcome,
        max(value_number) filter (where is_application_count and role = 'filed') as filed,
        max(value_number) filter (where is_application_count and role = 'approved') as approved,
        max(value_number) filter (where is_application_count and role = 'pending') as pending,
        max(value_number) filter (where is_application_count and role = 'rejected') as rejected,
        max(stated_denominator) as stated_denominator,
        max(value_number) filter (where role = 'share_of_filed' and unit like '%\%%' escape '\')
        / 100 as stated_share,
        string_agg(note, ' | ' order by stat_id) as note,
        max(confidence) as confidence,
        max(source_title) as source_title,
        max(source_url) as source_url,
        -- A claim is as good as the weakest of its parts.
        case
            when bool_or(evidence_grade = 'aggregator') then 'aggregator'
            when bool_or(evidence_grade = 'quoted_by_press') then 'quoted_by_press'
            when bool_and(evidence_grade = 'primary') then 'primary'
        end as evidence_grade,
        string_agg(distinct evidence_note, '; ' order by evidence_note) as evidence_note,
        bool_or(role <> 'other') as is_about_applications,
    from grouped
    group by claim_id, issuing_body, licensing_authority
),

counted as (
    select
        *,
        coalesce(filed, stated_denominator) as denominator,
        coalesce(
            approved,
            case
                when not is_about_applications
                    and stated_denominator is not null
                    and not contains(stated_unit, '%')
                    then stated_value
            end
        ) as numerator,
    from claims
),

-- Pending is not refused: what is still open can end either way. Where the number pending
-- is not stated, everything that is not known to be refused may still be approved.
shared as (
    select
        *,
        coalesce(
            cast(approved as double) / nullif(cast(denominator as double), 0),
            cast(stated_share as double)
        ) as share_of_filed,
        case
            when approved is not null and rejected is not null
                then cast(approved as double) / nullif(cast(approved + rejected as double), 0)
        end as share_of_decided,
        case
            when coalesce(outcome, 'none') <> 'approved' then null
            when qualifier = 'less_than' then 0
            when approved is not null
                then cast(approved as double) / nullif(cast(denominator as double), 0)
            else cast(stated_share as double)
        end as share_low,
        case
            when coalesce(outcome, 'none') <> 'approved' then null
            when approved is not null and pending is not null and denominator is not null
                then cast(approved + pending as double) / cast(denominator as double)
            when approved is not null and denominator is not null and rejected is not null
                then 1 - cast(rejected as double) / cast(denominator as double)
            when approved is not null and denominator is null then null
            else 1
        end as share_high,
    from counted
),

final as (
    select
        claim_id,
        body,
        applicant_jurisdiction,
        claim_date,
        concat_ws('; ', applicant_jurisdiction, sector, material, period_text) as population,
        indicators,
        outcome,
        qualifier,
        denominator_text,
        cast(stated_value as double) as stated_value,
        stated_unit,
        confidence,
        source_title,
        source_url,
        note,
        stat_ids,
        sector,
        material,
        period_text,
        licensing_authority,
        evidence_grade,
        evidence_note,
        cast(filed as bigint) as applications_filed,
        cast(approved as bigint) as applications_approved,
        cast(pending as bigint) as applications_pending,
        cast(rejected as bigint) as applications_rejected,
        cast(numerator as bigint) as numerator,
        cast(denominator as bigint) as denominator,
        {{ significant('share_of_filed') }} as share_of_filed,
        {{ significant('share_of_decided') }} as share_of_decided,
        {{ significant('share_low') }} as share_low,
        {{ significant('share_high') }} as share_high,
        is_about_applications,
        {{ first_day('claim_date') }} as claim_date_earliest,
        {{ last_day_of('claim_date') }} as claim_date_latest,
    from shared
)

select * from final

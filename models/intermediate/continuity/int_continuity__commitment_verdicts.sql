with

promises as (select * from {{ ref('stg_events__promises') }}),
readings as (select * from {{ ref('int_continuity__commitment_readings') }}),

-- Traits of an indicator that no month after the promise moves.
indicators as (
    select
        commitment_id,
        indicator_id,
        any_value(role) as role,
        any_value(code_match) as code_match,
        any_value(source_id) as source_id,
        bool_or(coalesce(has_baseline, false)) as has_baseline,
        min(least_fall_at_first) as least_fall_at_first,
    from readings
    group by commitment_id, indicator_id
),

-- One indicator speaks for a promise: a flow to the addressee that has landed, of the importer
-- before the exporter before the press; of these one that can be measured, then the one that would
-- notice the smallest fall. It is chosen by what was there before the promise, never by what came.
chosen as (
    select
        commitment_id,
        indicator_id,
    from indicators
    where role <> 'comparison'
    qualify
        row_number() over (
            partition by commitment_id
            order by
                source_id is null,
                case role when 'importer' then 1 when 'exporter' then 2 else 3 end,
                code_match = 'finer_than_code',
                not has_baseline,
                least_fall_at_first nulls last,
                indicator_id
        ) = 1
),

counts as (
    select
        commitment_id,
        count(*) filter (where role <> 'comparison') as indicator_count,
        count(*) filter (where role = 'comparison') as comparison_count,
    from indicators
    group by commitment_id
),

judged as (
    select
        * exclude (made_on, expected_direction)
        rename (
            commitment_id as judged_id,
            period as judged_period,
            known_from as judged_from,
            data_origin as judged_origin,
            note as indicator_note
        ),
    from readings
    where indicator_id in (select chosen.indicator_id from chosen)
),

-- Of each other flow, the last that was known on the same day.
comparisons as (
    select
        judged.judged_id as commitment_id,
        judged.judged_period as period,
        readings.indicator_id,
        arg_max(readings.reading, readings.period) as reading,
    from judged
    inner join readings
        on
            judged.judged_id = readings.commitment_id
            and judged.judged_from >= readings.known_from
    where readings.role = 'comparison'
    group by judged.judged_id, judged.judged_period, readings.indicator_id
),

compared as (
    select
        commitment_id,
        period,
        count(*) filter (
            where reading in ('reached', 'partly_reached', 'not_reached')
        ) as comparison_measured_count,
        count(*) filter (where reading = 'reached') as comparison_reached_count,
    from comparisons
    group by commitment_id, period
),

-- A promise that no flow to its addressee is named for is listed on its day, and on no other.
final as (
    select
        promises.*,
        judged.*,
        coalesce(judged.judged_period, strftime(promises.made_on, '%Y-%m')) as period,
        case
            when judged.indicator_id is null then 'not_measurable'
            when judged.reading = 'reached' then 'kept'
            when judged.reading = 'partly_reached' then 'partly'
            when judged.reading = 'not_reached' then 'not_kept'
            else judged.reading
        end as verdict,
        coalesce(
            judged.reading_reason,
            'No published figure measures it: no flow to whom it was made is named.'
        ) as verdict_reason,
        coalesce(counts.indicator_count, 0) as indicator_count,
        coalesce(counts.comparison_count, 0) as comparison_count,
        coalesce(compared.comparison_measured_count, 0) as comparison_measured_count,
        coalesce(compared.comparison_reached_count, 0) as comparison_reached_count,
        coalesce(judged.judged_origin, 'press_claim') as data_origin,
        coalesce(judged.judged_from, promises.known_on) as known_from,
    from promises
    left join judged
        on promises.commitment_id = judged.judged_id
    left join counts
        on promises.commitment_id = counts.commitment_id
    left join compared
        on
            judged.judged_id = compared.commitment_id
            and judged.judged_period = compared.period
)

select * from final

with

duration_history as (select * from {{ ref('int_licensing__duration_history') }}),

-- A shift is news in the month in which it begins, not in each that still shows it.
shifts as (
    select *
    from duration_history
    window history_order as (
        partition by data_origin, stratum_kind, stratum order by as_of_date
    )
    qualify
        is_shift
        and not (
            coalesce(lag(is_shift) over history_order, false)
            and coalesce(lag(sign(shift_days)) over history_order, 0)
            = coalesce(sign(shift_days), 0)
        )
),

final as (
    select
        concat_ws('|', 'licence_time_shift', data_origin, stratum_kind, stratum, as_of_date)
            as fact_id,
        'licence_time_shift' as line_kind,
        case
            when data_origin = 'synthetic' or shift_days < 0 then 'low'
            else 'medium'
        end as severity,
        case when data_origin = 'synthetic' then 'Synthetic sample: licences' else 'Licences' end
        || case stratum_kind when 'all' then '' else ' for ' || stratum end
        || ', by ' || as_of_date || ': median time to decision '
        || coalesce(median_days || ' days', 'not reached')
        || coalesce(' (' || median_low || ' to ' || coalesce(median_high || '', 'open') || ')', '')
        || ', ' || coalesce(previous_median_days || ' days', 'not reached')
        || ' three months before; ' || n_censored || ' of ' || n || ' still pending.' as headline,
        concat_ws('|', data_origin, stratum_kind, stratum) as subject_id,
        case stratum_kind when 'material' then stratum end as material,
        'docs/methodology/licence_durations.md' as evidence_url,
        'Applications as landed, see the method' as evidence_title,
        'settled' as certainty,
        data_origin,
        as_of_date as event_date,
        as_of_date as known_from,
    from shifts
)

select * from final

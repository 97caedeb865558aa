-- One row per data origin and group of applications, on the clock of PRC working days.
select
    durations.*,
    cast(replace(durations.median_text, '> ', '') as double) as median,
    cast(replace(durations.p90_text, '> ', '') as double) as p90,
    case
        when durations.n = 0 then 'no curve'
        when not durations.is_median_reached then 'not reached'
        when durations.n_events < 10 then 'few decided'
        when durations.median_high is null then 'open upwards'
        else 'bounded'
    end as certainty,
    deadlines.matured,
    deadlines.breach_share,
    deadlines.decided_only_breach_share,
from marts.fct_licence_durations as durations
left join marts.fct_licence_deadlines as deadlines
    on
        durations.data_origin = deadlines.data_origin
        and durations.as_of_date = deadlines.as_of_date
        and durations.stratum_kind = deadlines.stratum_kind
        and durations.stratum = deadlines.stratum
        and deadlines.accepted_month = 'all'
where
    durations.clock = 'working_days'
    and durations.stratum_kind in ('all', 'route', 'material', 'applicant_size_class')
    and durations.as_of_date <= getvariable('as_of')
order by
    durations.data_origin,
    durations.as_of_date desc,
    list_position(['all', 'route', 'material', 'applicant_size_class'], durations.stratum_kind),
    durations.n desc,
    durations.stratum;

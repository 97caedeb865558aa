-- One row per material and origin of the register: how long licences take, pending cases censored;
-- `of_material` is the material of marts.dim_material that the register's name means.
select
    durations.data_origin,
    durations.stratum as material,
    names.material as of_material,
    durations.n as application_count,
    durations.n_censored as pending_count,
    durations.median_text,
    durations.p90_text,
from marts.fct_licence_durations as durations
left join marts.bridge_material_names as names
    on lower(durations.stratum) = names.term
where
    durations.stratum_kind = 'material'
    and durations.clock = 'calendar_days'
    and durations.as_of_date <= getvariable('as_of')
order by durations.data_origin, durations.stratum;

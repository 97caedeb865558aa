-- One row per data origin and month: opening + filed = decided + withdrawn + closing, and the age
-- of what is pending, in days since filing.
select *
from marts.fct_licence_backlog
where stratum_kind = 'all' and as_of_date <= getvariable('as_of')
order by data_origin, as_of_date desc, period;

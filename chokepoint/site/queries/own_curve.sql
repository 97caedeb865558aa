-- One row per calendar day on which something happened to an own application: share still
-- undecided, with its 95 % interval, of all own applications of the latest reading. None where
-- fewer than ten are decided: they judge no open one.
select *
from marts.fct_licence_survival
where
    data_origin = 'own'
    and clock = 'calendar_days'
    and stratum_kind = 'all'
    and as_of_date <= getvariable('as_of')
qualify
    as_of_date = max(as_of_date) over ()
    and sum(approved + refused + withdrawn + expired) over (partition by as_of_date) >= 10
order by day;

-- One row per data origin and working day up to 250, a year: share still undecided, with its 95 %
-- interval, and share approved, refused, withdrawn or expired by then. The five add up to one.
select
    * exclude (approved, refused, withdrawn, expired),
    survival as pending,
    approved_incidence as approved,
    refused_incidence as refused,
    withdrawn_incidence as withdrawn,
    expired_incidence as expired,
from marts.fct_licence_survival
where
    clock = 'working_days'
    and stratum_kind = 'all'
    and day <= 250
    and as_of_date <= getvariable('as_of')
order by data_origin, as_of_date desc, day;

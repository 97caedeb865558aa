-- One row per subject and kind of question: how answers compare with labels made by hand.
select *
from meta.calibration
order by subject, kind <> 'all', kind;

-- One row per subject and kind of question: how answers compare with labels made by hand.
select
    subject,
    kind,
    label_count,
    decisive_label_count,
    decisive_count,
    false_no_count,
    false_yes_count,
from meta.calibration
order by subject, kind <> 'all', kind;

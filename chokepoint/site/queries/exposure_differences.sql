-- One row per scenario and question: how many answers it changes against the base.
select
    scenario_id,
    question_id,
    count(*) as answers,
from
    reports.scenario_differences(
        cast(getvariable('as_of') as date), cast(getvariable('as_of') as date)
    )
group by scenario_id, question_id
order by scenario_id, question_id;

-- One row per scenario, question and metric: how many answers it changes against the base.
select
    differences.scenario_id,
    differences.question_id,
    differences.metric,
    count(*) as answers,
from
    reports.scenario_differences(
        coalesce(cast(getvariable('as_of') as date), current_date),
        coalesce(cast(getvariable('as_of') as date), current_date)
    ) as differences
group by differences.scenario_id, differences.question_id, differences.metric
order by differences.scenario_id, differences.question_id, differences.metric;

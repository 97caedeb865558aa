-- A13: What changes if the suspension lapses, is extended, a supplier stops or licences slow down?
-- One row per scenario and value that differs from the base on the day. Law: legal status (A1) and
-- what ends within 90 days (A2). Trade: imports by state (A4). Licences: the queue (A7). Supply:
-- stock cover with its cost for a product in euro (A11), and exposure (A12). Each row names its
-- basis. Scenarios are assumptions, not forecasts; the base is what is known. The first stock-out
-- of a product is that of the parts that the scenario hits, on both sides. A code that is `part
-- of` another is counted in that, too. A7, A11 and A12 are as of the latest registers and graphs,
-- whatever the day. An empty `under_scenario`: no such row. `change` has both in short.
-- Certainty: `assumed`. `synthetic` before it means that the rows are of an invented sample and
-- say nothing about the world.
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- param: scenario text 'Scenario, as in marts.dim_scenario; default: all of them'
-- param: question text 'Only differences of one question, such as A4; default: all'
-- param: reporter place 'Importing country or EU27, for A4; default: EU27'
-- found in: marts.dim_scenario scenario=scenario_id
-- short: scenario_id, subject_name, change, certainty, metric, detail, unit, question_id
-- first: 'scenario'
select
    differences.scenario_id,
    differences.question_id,
    case differences.data_origin when 'synthetic' then 'synthetic: ' else '' end || 'assumed'
        as certainty,
    differences.subject_id,
    differences.subject_name,
    differences.detail,
    differences.metric,
    coalesce(differences.base_text, cast(round(differences.base_number, 4) as varchar)) as base,
    coalesce(differences.scenario_text, cast(round(differences.scenario_number, 4) as varchar))
        as under_scenario,
    replace(
        coalesce(differences.base_text, cast(round(differences.base_number, 2) as varchar), 'none')
        || ' -> '
        || coalesce(
            differences.scenario_text, cast(round(differences.scenario_number, 2) as varchar),
            'none'
        ),
        '_',
        ' '
    ) as change,
    round(differences.difference, 4) as difference,
    differences.unit,
    differences.data_origin,
    differences.why,
    differences.graph_id,
from
    reports.scenario_differences(
        coalesce(cast(getvariable('as_of') as date), current_date),
        cast(getvariable('known_on') as date),
        cast(getvariable('reporter') as varchar)
    ) as differences
where
    differences.scenario_id
    = coalesce(lower(trim(cast(getvariable('scenario') as varchar))), differences.scenario_id)
    and differences.question_id
    = coalesce(upper(trim(cast(getvariable('question') as varchar))), differences.question_id)
order by
    differences.scenario_id,
    differences.question_id,
    differences.graph_id,
    differences.subject_id,
    differences.detail,
    differences.metric;

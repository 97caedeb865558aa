-- A13: What changes if the suspension lapses, is extended, a supplier stops or licences slow down?
-- One row per scenario and value that differs from the base on the day. Law: legal status (A1) and
-- what ends within 90 days (A2). Trade: imports by state (A4). Licences: the queue (A7). Supply:
-- stock cover with its cost for a product in euro (A11), and exposure (A12). Each row names its
-- basis. Scenarios are assumptions, not forecasts; the base is what is known. The first stock-out
-- of a product is that of the parts that the scenario hits, on both sides. A code that is `part
-- of` another is counted in that, too. A7, A11 and A12 are as of the latest registers and graphs,
-- whatever the day. `change` has both in short; an empty side is no such row, or unknown. A
-- scenario decides between rival accounts: `rival_base` is what the rival of the base says.
-- Certainty: `assumed`. `synthetic` before it means that the rows are of an invented sample and
-- say nothing about the world.
-- param: as_of date 'Day the answer is for; default: today'
-- param: known_on date 'Leave out later knowledge; default: as_of'
-- param: scenario text 'Scenario, as in marts.dim_scenario; default: all of them'
-- param: question text 'Only differences of one question, such as A4; default: all'
-- param: reporter place 'Importing country or EU27, for A4; default: EU27'
-- found in: marts.dim_scenario scenario=scenario_id
-- short: scenario_id, subject_id, change, certainty, metric, rival_base, subject_name, unit
-- short: question_id
-- first: is_lapse desc, question_id, scenario_id 'scenario (the lapse first) and question'
with

differences as (
    select
        *,
        min(base_text) filter (claim_group <> 'base') over of_clause as rival_base,
    from reports.scenario_differences(
        coalesce(cast(getvariable('as_of') as date), current_date),
        cast(getvariable('known_on') as date),
        cast(getvariable('reporter') as varchar)
    )
    window of_clause as (
        partition by scenario_id, question_id, subject_id, metric, replace(detail, claim_group, '')
    )
    -- Of two accounts of one clause the base has the row.
    qualify
        coalesce(claim_group, 'base') = 'base'
        or not bool_or(claim_group = 'base') over of_clause
)

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
            if(differences.base_number is null, 'none', 'unknown')
        ),
        '_',
        ' '
    ) as change,
    round(differences.difference, 4) as difference,
    differences.unit,
    differences.data_origin,
    differences.why,
    differences.graph_id,
    replace(differences.rival_base, '_', ' ') as rival_base,
    differences.scenario_id = 'suspension-lapses' as is_lapse,
    'Scenario: ' || differences.scenario_title || '. ' || count(*) over of_scenario
    || ' answers differ from the base, '
    || count(*) filter (differences.question_id in ('A1', 'A2')) over of_scenario
    || ' of them on the law' || coalesce(
        '; in force by it, acts of China: ' || string_agg(
            distinct regexp_replace(
                differences.subject_id, '^CN-([0-9]{4})-([0-9]+) .*', 'No. \2 of \1'
            ), ', '
            order by differences.subject_id
        ) filter (
            differences.question_id = 'A1' and differences.scenario_text = 'in_force'
            and starts_with(differences.subject_id, 'CN-')
        ) over of_scenario, ''
    ) || '.' || if(
        bool_or(differences.base_text = 'lapsed_presumed') over of_scenario,
        ' The base has lapsed presumed: the suspension ended with no later act on record, so the '
        || 'controls are presumed back in force, unconfirmed. The scenario takes one way as given.',
        ''
    ) as total_in_words,
from differences
where
    coalesce(differences.scenario_id = lower(trim(cast(getvariable('scenario') as varchar))), true)
    and coalesce(
        differences.question_id = upper(trim(cast(getvariable('question') as varchar))), true
    )
window of_scenario as (partition by differences.scenario_id)
order by
    is_lapse desc, differences.scenario_id, differences.question_id, differences.graph_id,
    differences.subject_id, differences.detail, differences.metric;

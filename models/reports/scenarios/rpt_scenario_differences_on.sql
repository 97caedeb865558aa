{{ config(
    materialized='table_function',
    alias='scenario_differences',
    parameters=['as_of', 'known_on := null', 'reporter := null'],
    contract={'enforced': false}
) }}

with

scenarios as (
    select
        of_scenarios.scenario_id,
        of_scenarios.title,
        of_scenarios.scenario_description,
        of_scenarios.data_origin,
    from {{ ref('dim_scenario') }} as of_scenarios
    -- Asked about what was known before, a scenario is the base: nothing differs.
    where
        coalesce(of_scenarios.assumed_on, date '-infinity')
        <= coalesce(cast(known_on as date), cast(as_of as date), current_date)
),

-- One text for what a value is of: DuckDB 1.4 joins texts fast, and columns that may be null not.
keyed as materialized (
    select
        answers.*,
        concat_ws(
            '|', answers.question_id, coalesce(answers.graph_origin, ''),
            coalesce(answers.graph_id, ''), answers.subject_kind, answers.subject_id,
            answers.detail, answers.metric
        ) as fact_key,
    from {{ ref('rpt_scenario_answers_on') }}(as_of, known_on, reporter) as answers
),

base as (
    select
        scenarios.scenario_id as asked_scenario,
        scenarios.data_origin as scenario_origin,
        keyed.*,
    from keyed
    cross join scenarios
    where keyed.scenario_id = 'base' and scenarios.scenario_id <> 'base'
),

assumed as (
    select keyed.*
    from keyed
    semi join scenarios
        on keyed.scenario_id = scenarios.scenario_id
    where keyed.scenario_id <> 'base'
),

-- A row that only one side has is a difference too.
compared as (
    select
        coalesce(assumed.scenario_id, base.asked_scenario) as scenario_id,
        coalesce(assumed.question_id, base.question_id) as question_id,
        coalesce(assumed.graph_origin, base.graph_origin) as graph_origin,
        coalesce(assumed.graph_id, base.graph_id) as graph_id,
        coalesce(assumed.subject_kind, base.subject_kind) as subject_kind,
        coalesce(assumed.subject_id, base.subject_id) as subject_id,
        coalesce(assumed.subject_name, base.subject_name) as subject_name,
        coalesce(assumed.detail, base.detail) as detail,
        coalesce(assumed.claim_group, base.claim_group) as claim_group,
        coalesce(assumed.metric, base.metric) as metric,
        coalesce(assumed.unit, base.unit) as unit,
        coalesce(assumed.base_text, base.value_text) as base_text,
        assumed.value_text as scenario_text,
        case
            when base.fact_key is null then assumed.number_if_absent else base.value_number
        end as base_number,
        case
            when assumed.fact_key is null then base.number_if_absent else assumed.value_number
        end as scenario_number,
        assumed.rests_on,
        case
            when assumed.fact_key is not null then assumed.data_origin
            when base.scenario_origin = 'own' then 'own'
            else base.data_origin
        end as data_origin,
    from assumed
    full join base
        on assumed.scenario_id = base.asked_scenario and assumed.fact_key = base.fact_key
),

final as (
    select
        compared.scenario_id,
        scenarios.title as scenario_title,
        compared.question_id,
        compared.graph_origin,
        compared.graph_id,
        compared.subject_kind,
        compared.subject_id,
        compared.subject_name,
        compared.detail,
        compared.claim_group,
        compared.metric,
        compared.base_text,
        compared.scenario_text,
        compared.base_number,
        compared.scenario_number,
        compared.scenario_number - compared.base_number as difference,
        compared.unit,
        coalesce(compared.rests_on || '; ', '') || scenarios.scenario_description as why,
        compared.data_origin,
    from compared
    inner join scenarios
        on compared.scenario_id = scenarios.scenario_id
    where
        compared.base_text is distinct from compared.scenario_text
        or compared.base_number is distinct from compared.scenario_number
)

select final.*
from final
order by
    final.scenario_id, final.question_id, final.graph_id, final.subject_kind, final.subject_id,
    final.detail, final.metric

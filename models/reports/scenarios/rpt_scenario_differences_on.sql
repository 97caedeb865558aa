{{ config(
    materialized='table_function',
    alias='scenario_differences',
    parameters=['as_of', 'known_on := null', 'reporter := null'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}


with

-- The macros below get the parameters as they are: only the scenario changes from row to row,
-- for DuckDB 1.4 needs gigabytes where several arguments do.
scenarios as (
    select
        of_scenarios.scenario_id,
        of_scenarios.title,
        of_scenarios.scenario_description,
        of_scenarios.data_origin,
    from {{ ref('dim_scenario') }} as of_scenarios
    -- Asked about what was known before, a scenario is the base: nothing differs.
    where
        of_scenarios.assumed_on is null
        or of_scenarios.assumed_on
        <= coalesce(cast(known_on as date), cast(as_of as date), current_date)
),

law_states as (
    select
        scenarios.scenario_id,
        'A1' as question_id,
        cast(null as varchar) as graph_origin,
        cast(null as varchar) as graph_id,
        'measure' as subject_kind,
        states.measure_id || ' ' || states.clause_id as subject_id,
        states.title as subject_name,
        concat_ws(', ', states.destination, states.user_type, states.claim_group) as detail,
        'state on the day' as metric,
        states.state as value_text,
        cast(null as double) as value_number,
        cast(null as double) as number_if_absent,
        cast(null as varchar) as unit,
        states.act_title as rests_on,
        scenarios.data_origin,
        states.claim_group = 'base' as is_base_reading,
    from scenarios
    cross join lateral (
        select on_the_day.*
        from {{ ref('rpt_measure_state') }}(
            as_of, coalesce(known_on, as_of), scenario := scenarios.scenario_id
        ) as on_the_day
    ) as states
),

law_endings as (
    select
        scenarios.scenario_id,
        'A2' as question_id,
        cast(null as varchar) as graph_origin,
        cast(null as varchar) as graph_id,
        'measure' as subject_kind,
        endings.measure_id || ' ' || endings.clause_id as subject_id,
        endings.title as subject_name,
        concat_ws(', ', endings.destination, endings.user_type, endings.claim_group) as detail,
        'ends within 90 days' as metric,
        endings.state || ' ' || endings.answer || ', then ' || endings.state_after as value_text,
        cast(null as double) as value_number,
        cast(null as double) as number_if_absent,
        cast(null as varchar) as unit,
        endings.act_title as rests_on,
        scenarios.data_origin,
    from scenarios
    cross join lateral (
        select within_days.*
        from {{ ref('rpt_measures_ending') }}(
            as_of, 90, coalesce(known_on, as_of), scenario := scenarios.scenario_id
        ) as within_days
    ) as endings
),

-- What has no row in a state has no trade in it. Of all scenarios, and those not asked for are left
-- out below: over a filtered list DuckDB 2.0 plans the macro five times slower.
trade as (
    select
        scenarios.scenario_id,
        scenarios.data_origin,
        of_the_day.reporter_code,
        of_the_day.partner_iso3,
        of_the_day.product_code,
        of_the_day.part_of_product_code,
        of_the_day.state,
        of_the_day.measure_ids,
        of_the_day.value_eur_low,
        of_the_day.value_eur_high,
    from {{ ref('dim_scenario') }} as scenarios
    cross join lateral (
        select under_measures.*
        from {{ ref('rpt_trade_under_measures') }}(
            coalesce(reporter, 'EU27'), null, as_of, coalesce(known_on, as_of),
            scenario := scenarios.scenario_id
        ) as under_measures
    ) as of_the_day
    where of_the_day.state <> 'not_covered'
),

trade_values as (
    {%- for bound, words in [('low', 'at least'), ('high', 'at most')] %}
    select
        trade.scenario_id,
        'A4' as question_id,
        cast(null as varchar) as graph_origin,
        cast(null as varchar) as graph_id,
        'product' as subject_kind,
        trade.product_code as subject_id,
        coalesce(products.product_name, trade.product_code) as subject_name,
        concat_ws(
            ', ', trade.reporter_code, 'from ' || trade.partner_iso3,
            'part of ' || trade.part_of_product_code, trade.state
        ) as detail,
        'imports of the latest year in this state, {{ words }}' as metric,
        cast(null as varchar) as value_text,
        cast(trade.value_eur_{{ bound }} as double) as value_number,
        cast(0 as double) as number_if_absent,
        'EUR' as unit,
        trade.measure_ids as rests_on,
        trade.data_origin,
    from trade
    left join (
        select
            names.product_code,
            min(names.product_name) as product_name,
        from {{ ref('dim_product') }} as names
        group by names.product_code
    ) as products
        on trade.product_code = products.product_code
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

queues as (
    {%- for metric, column, unit in [
        ('cases in the queue', 'queue', 'cases'),
        ('months until the queue is cleared', 'months_to_clear', 'months'),
        ('cases in the queue after 6 months', 'queue_in_6_months', 'cases'),
    ] %}
    select
        queue.scenario_id,
        'A7' as question_id,
        queue.register_origin as graph_origin,
        cast(null as varchar) as graph_id,
        'licence cases' as subject_kind,
        queue.stratum as subject_id,
        queue.stratum as subject_name,
        'register read on ' || queue.as_of_date as detail,
        '{{ metric }}' as metric,
        cast(null as varchar) as value_text,
        cast(queue.{{ column }} as double) as value_number,
        cast(null as double) as number_if_absent,
        '{{ unit }}' as unit,
        case
            when queue.newly_needed > 0
                then queue.newly_needed || ' open orders that would need a licence'
        end as rests_on,
        queue.data_origin,
    from {{ ref('fct_licence_queue') }} as queue
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

cover as (
    {%- for metric, text, number, unit in [
        ('days of cover, half of the draws', 'cast(null as varchar)',
            'cast(cover.days_of_cover_p50 as double)', "'days'"),
        ('days of cover, one draw in ten', 'cast(null as varchar)',
            'cast(cover.days_of_cover_p10 as double)', "'days'"),
        ('first stock-out, half of the draws', 'cast(cover.stock_out_date_p50 as varchar)',
            'cast(null as double)', 'cast(null as varchar)'),
    ] %}
    select
        cover.scenario_id,
        'A11' as question_id,
        cover.graph_origin,
        cover.graph_id,
        'position' as subject_kind,
        cover.site_id || ' ' || cover.part_id as subject_id,
        cover.part_name || ' at ' || cover.site_name as subject_name,
        cover.quantity_basis || ', ' || replace(cover.arrivals_case, '_', ' ') as detail,
        '{{ metric }}' as metric,
        {{ text }} as value_text,
        {{ number }} as value_number,
        cast(null as double) as number_if_absent,
        {{ unit }} as unit,
        cover.reason as rests_on,
        cover.data_origin,
    from {{ ref('fct_stock_cover') }} as cover
    where cover.arrivals_case in ('orders_as_planned', 'licences_at_quantiles')
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Most shares are the same under every scenario: no difference can come from them.
shares_that_differ as (
    select
        of_shares.graph_origin,
        of_shares.graph_id,
        of_shares.part_id,
        of_shares.target_kind,
        of_shares.target_id,
    from {{ ref('fct_exposure_shares') }} as of_shares
    where of_shares.evidence_scope = 'all'
    group by
        of_shares.graph_origin,
        of_shares.graph_id,
        of_shares.part_id,
        of_shares.target_kind,
        of_shares.target_id
    having
        count(*) <> (select count(*) from {{ ref('dim_scenario') }})
        {%- for bound in ['low', 'share', 'high'] %}
        or count(of_shares.exposure_{{ bound }}) not in (0, count(*))
        or min(of_shares.exposure_{{ bound }}) <> max(of_shares.exposure_{{ bound }})
        {%- endfor %}
),

shares as (
    select
        of_shares.scenario_id,
        of_shares.graph_origin,
        of_shares.graph_id,
        of_shares.part_id,
        of_parts.part_name,
        of_shares.target_kind,
        of_shares.target_id,
        of_shares.exposure_low,
        of_shares.exposure_share,
        of_shares.exposure_high,
        of_shares.data_origin,
    from {{ ref('fct_exposure_shares') }} as of_shares
    semi join shares_that_differ
        on
            of_shares.graph_origin = shares_that_differ.graph_origin
            and of_shares.graph_id = shares_that_differ.graph_id
            and of_shares.part_id = shares_that_differ.part_id
            and of_shares.target_kind = shares_that_differ.target_kind
            and of_shares.target_id = shares_that_differ.target_id
    inner join {{ ref('dim_exposure_part') }} as of_parts
        on
            of_shares.graph_origin = of_parts.data_origin
            and of_shares.graph_id = of_parts.graph_id
            and of_shares.part_id = of_parts.part_id
    where of_shares.evidence_scope = 'all'
),

-- A product that no listed way leads to a target is not exposed to it by what is known.
exposures as (
    {%- for bound, words in [('low', 'at least'), ('share', 'known'), ('high', 'at most')] %}
    select
        shares.scenario_id,
        'A12' as question_id,
        shares.graph_origin,
        shares.graph_id,
        'product' as subject_kind,
        shares.part_id as subject_id,
        shares.part_name as subject_name,
        shares.target_kind || ' ' || shares.target_id as detail,
        'share of the product exposed, {{ words }}' as metric,
        cast(null as varchar) as value_text,
        shares.exposure_{{ bound }} as value_number,
        cast(0 as double) as number_if_absent,
        'share' as unit,
        cast(null as varchar) as rests_on,
        shares.data_origin,
    from shares
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

parts_under_law as (
    select
        law.scenario_id,
        'A12' as question_id,
        controls.data_origin as graph_origin,
        controls.graph_id,
        'part' as subject_kind,
        controls.part_id as subject_id,
        any_value(parts.part_name) as subject_name,
        controls.measure_id || ' ' || controls.clause_id as detail,
        'state of the clause on the part' as metric,
        string_agg(distinct law.value_text, '; ' order by law.value_text) as value_text,
        cast(null as double) as value_number,
        cast(null as double) as number_if_absent,
        cast(null as varchar) as unit,
        min(law.rests_on) as rests_on,
        case when law.data_origin = 'own' then 'own' else controls.data_origin end as data_origin,
    from law_states as law
    inner join {{ ref('bridge_exposure_measures') }} as controls
        on law.subject_id = controls.measure_id || ' ' || controls.clause_id
    inner join {{ ref('dim_exposure_part') }} as parts
        on
            controls.data_origin = parts.data_origin
            and controls.graph_id = parts.graph_id
            and controls.part_id = parts.part_id
    where law.is_base_reading
    group by
        law.scenario_id,
        law.data_origin,
        controls.data_origin,
        controls.graph_id,
        controls.part_id,
        controls.measure_id,
        controls.clause_id
),

facts as (
    select law_states.* exclude (is_base_reading) from law_states
    union all
    select * from law_endings
    union all
    select * from trade_values
    union all
    select * from queues
    union all
    select * from cover
    union all
    select * from exposures
    union all
    select * from parts_under_law
),

-- One text for what a value is of: DuckDB 1.4 joins texts fast, and columns that may be null not.
keyed as materialized (
    select
        facts.*,
        concat_ws(
            '|', facts.question_id, coalesce(facts.graph_origin, ''),
            coalesce(facts.graph_id, ''), facts.subject_kind, facts.subject_id, facts.detail,
            facts.metric
        ) as fact_key,
    from facts
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
        coalesce(assumed.metric, base.metric) as metric,
        coalesce(assumed.unit, base.unit) as unit,
        base.value_text as base_text,
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

changed as (
    select compared.*
    from compared
    where
        compared.base_text is distinct from compared.scenario_text
        or compared.base_number is distinct from compared.scenario_number
),

final as (
    select
        changed.scenario_id,
        scenarios.title as scenario_title,
        changed.question_id,
        changed.graph_origin,
        changed.graph_id,
        changed.subject_kind,
        changed.subject_id,
        changed.subject_name,
        changed.detail,
        changed.metric,
        changed.base_text,
        changed.scenario_text,
        changed.base_number,
        changed.scenario_number,
        changed.scenario_number - changed.base_number as difference,
        changed.unit,
        coalesce(changed.rests_on || '; ', '') || scenarios.scenario_description as why,
        changed.data_origin,
    from changed
    inner join scenarios
        on changed.scenario_id = scenarios.scenario_id
)

select final.*
from final
order by
    final.scenario_id,
    final.question_id,
    final.graph_id,
    final.subject_kind,
    final.subject_id,
    final.detail,
    final.metric

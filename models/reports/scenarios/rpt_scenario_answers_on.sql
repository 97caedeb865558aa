{{ config(
    materialized='table_function',
    alias='scenario_answers',
    parameters=['as_of', 'known_on', 'reporter'],
    contract={'enforced': false}
) }}

with

-- The macros below get the parameters as they are: only the scenario changes from row to row,
-- for DuckDB 1.4 needs gigabytes where several arguments do.
scenarios as (
    select
        of_scenarios.scenario_id,
        of_scenarios.data_origin,
    from {{ ref('dim_scenario') }} as of_scenarios
    -- Asked about what was known before, a scenario is the base: nothing differs.
    where
        coalesce(of_scenarios.assumed_on, date '-infinity')
        <= coalesce(cast(known_on as date), cast(as_of as date), current_date)
),

law_states as (
    select
        scenarios.scenario_id,
        'A1' as question_id,
        'measure' as subject_kind,
        states.measure_id || ' ' || states.clause_id as subject_id,
        states.title as subject_name,
        concat_ws(', ', states.destination, states.user_type, states.claim_group) as detail,
        'state on the day' as metric,
        states.state as value_text,
        states.act_title as rests_on,
        scenarios.data_origin,
        states.claim_group,
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
        'measure' as subject_kind,
        endings.measure_id || ' ' || endings.clause_id as subject_id,
        endings.title as subject_name,
        concat_ws(', ', endings.destination, endings.user_type, endings.claim_group) as detail,
        'ends within 90 days' as metric,
        replace(endings.state, '_', ' ') || ' ' || endings.answer || ', then '
        || replace(endings.state_after, '_', ' ') as value_text,
        endings.act_title as rests_on,
        scenarios.data_origin,
        endings.claim_group,
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
trade_values as (
    select
        scenarios.scenario_id,
        'A4' as question_id,
        'product' as subject_kind,
        of_the_day.product_code as subject_id,
        coalesce(products.product_name, of_the_day.product_code) as subject_name,
        concat_ws(
            ', ', of_the_day.reporter_code, 'from ' || of_the_day.partner_iso3,
            'part of ' || of_the_day.part_of_product_code, of_the_day.state
        ) as detail,
        'imports of the latest year in this state, ' || unnest(['at least', 'at most']) as metric,
        cast(unnest([of_the_day.value_eur_low, of_the_day.value_eur_high]) as double)
            as value_number,
        cast(0 as double) as number_if_absent,
        'EUR' as unit,
        of_the_day.instrument_nos as rests_on,
        scenarios.data_origin,
    from {{ ref('dim_scenario') }} as scenarios
    cross join lateral (
        select under_measures.*
        from {{ ref('rpt_trade_under_measures') }}(
            coalesce(reporter, 'EU27'), null, as_of, coalesce(known_on, as_of),
            scenario := scenarios.scenario_id
        ) as under_measures
    ) as of_the_day
    left join (
        select
            names.product_code,
            min(names.product_name) as product_name,
        from {{ ref('dim_product') }} as names
        group by names.product_code
    ) as products
        on of_the_day.product_code = products.product_code
    where of_the_day.state <> 'not_covered'
),

queues as (
    select
        queue.scenario_id,
        'A7' as question_id,
        queue.register_origin as graph_origin,
        'licence cases' as subject_kind,
        queue.stratum as subject_id,
        queue.stratum as subject_name,
        'register read on ' || queue.as_of_date as detail,
        unnest([
            'cases in the queue', 'months until the queue is cleared',
            'cases in the queue after 6 months'
        ]) as metric,
        unnest([
            cast(queue.queue as double), cast(queue.months_to_clear as double),
            cast(queue.queue_in_6_months as double)
        ]) as value_number,
        unnest(['cases', 'months', 'cases']) as unit,
        case
            when queue.newly_needed > 0
                then queue.newly_needed || ' open orders that would need a licence'
        end as rests_on,
        queue.data_origin,
    from {{ ref('fct_licence_queue') }} as queue
),

cover as (
    select
        cover.scenario_id,
        'A11' as question_id,
        cover.graph_origin,
        cover.graph_id,
        'position' as subject_kind,
        cover.site_id || ' ' || cover.part_id as subject_id,
        cover.part_name || ' at ' || cover.site_name as subject_name,
        cover.quantity_basis || ', ' || replace(cover.arrivals_case, '_', ' ') as detail,
        unnest([
            'days of cover, half of the draws', 'days of cover, one draw in ten',
            'first stock-out, half of the draws'
        ]) as metric,
        unnest([null, null, cast(cover.stock_out_date_p50 as varchar)]) as value_text,
        unnest([
            cast(cover.days_of_cover_p50 as double), cast(cover.days_of_cover_p10 as double), null
        ]) as value_number,
        unnest(['days', 'days', null]) as unit,
        cover.reason as rests_on,
        cover.data_origin,
    from {{ ref('fct_stock_cover') }} as cover
    where cover.arrivals_case in ('orders_as_planned', 'licences_at_quantiles')
),

-- What a scenario costs a product; where it hits and the cost is unknown, what to enter. Its first
-- stock-out is of the parts that the scenario hits, and so is the one without it.
products as (
    select
        of_products.scenario_id,
        'A11' as question_id,
        of_products.graph_origin,
        of_products.graph_id,
        'product' as subject_kind,
        of_products.part_id as subject_id,
        of_products.part_name as subject_name,
        'of parts that it needs' as detail,
        unnest([
            'first stock-out, half of the draws', 'value at risk, at least',
            'value at risk, at most'
        ]) as metric,
        unnest([
            coalesce(
                cast(of_products.first_stock_out_date_p50 as varchar),
                case of_products.cover_status when 'unknown' then 'unknown' else 'no stock-out' end
            ), null,
            case
                when
                of_products.value_at_risk_high_eur is null
                and (of_products.supply_lost_high > 0 or of_products.parts_hit > 0)
                    then coalesce(of_products.missing_inputs, 'without end')
            end
        ]) as value_text,
        unnest([
            coalesce(
                cast(of_products.base_first_stock_out_date_p50 as varchar),
                case of_products.cover_status when 'unknown' then 'unknown' else 'no stock-out' end
            ), null, null
        ]) as base_text,
        unnest([
            null, of_products.value_at_risk_low_eur, of_products.value_at_risk_high_eur
        ]) as value_number,
        unnest([null, 'EUR', 'EUR']) as unit,
        of_products.data_origin,
    from {{ ref('fct_scenario_products') }} as of_products
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
    group by all
    having
        count(*) <> (select count(*) from {{ ref('dim_scenario') }})
        {%- for bound in ['low', 'share', 'high'] %}
        or count(of_shares.exposure_{{ bound }}) not in (0, count(*))
        or min(of_shares.exposure_{{ bound }}) <> max(of_shares.exposure_{{ bound }})
        {%- endfor %}
),

-- A product that no listed way leads to a target is not exposed to it by what is known.
exposures as (
    select
        of_shares.scenario_id,
        'A12' as question_id,
        of_shares.graph_origin,
        of_shares.graph_id,
        'product' as subject_kind,
        of_shares.part_id as subject_id,
        of_parts.part_name as subject_name,
        of_shares.target_kind || ' ' || of_shares.target_id as detail,
        'share of the product exposed, ' || unnest(['at least', 'known', 'at most']) as metric,
        unnest([of_shares.exposure_low, of_shares.exposure_share, of_shares.exposure_high])
            as value_number,
        cast(0 as double) as number_if_absent,
        'share' as unit,
        of_shares.data_origin,
    from {{ ref('fct_exposure_shares') }} as of_shares
    semi join shares_that_differ
        using (graph_origin, graph_id, part_id, target_kind, target_id)
    inner join {{ ref('dim_exposure_part') }} as of_parts
        on
            of_shares.graph_origin = of_parts.data_origin
            and of_shares.graph_id = of_parts.graph_id
            and of_shares.part_id = of_parts.part_id
    where of_shares.evidence_scope = 'all'
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
    where law.claim_group = 'base'
    group by all
),

answers as (
    select * from law_states
    union all by name
    select * from law_endings
    union all by name
    select * from trade_values
    union all by name
    select * from queues
    union all by name
    select * from cover
    union all by name
    select * from products
    union all by name
    select * from exposures
    union all by name
    select * from parts_under_law
)

select answers.*
from answers

{{ config(
    materialized='table_function',
    alias='trade_under_measures',
    parameters=['reporter', 'partner', 'as_of', 'known_on', 'scenario := null'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}


with

asked as (
    select
        coalesce(cast(as_of as date), current_date) as asked_on,
        coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known,
        {{ asked_place('reporter') }} as asked_reporter,
        {{ asked_place('partner') }} as asked_partner,
),

-- Apart from the rest: what does not hang on the scenario is worked out once, where the macro is
-- asked for several.
of_scenario as (
    select {{ asked_scenario() }} as asked_scenario,
),

weights as (
    select imports.*,
    from {{ ref('fct_import_weights') }} as imports
    cross join asked
    where
        (asked.asked_reporter is null or imports.reporter_code = asked.asked_reporter)
        and cast(imports.period || '-12-31' as date) < asked.asked_on
    -- The latest complete year of the importer's product, whichever partners it has.
    qualify imports.period = max(imports.period) over (
        partition by imports.reporter_code, imports.product_code
    )
),

-- Goods that a newer year of another code counts already.
counted_later as (
    select
        weights.reporter_code,
        weights.product_code,
        min(newer.product_code) as newer_code,
    from weights
    inner join {{ ref('bridge_product_editions') }} as links
        on
            weights.nomenclature = links.nomenclature
            and weights.product_code = links.product_code
            and links.basis = 'concordance'
    inner join weights as newer
        on
            weights.reporter_code = newer.reporter_code
            and links.linked_nomenclature = newer.nomenclature
            and links.linked_code = newer.product_code
            and weights.period < newer.period
            and newer.part_of_product_code is null
    group by weights.reporter_code, weights.product_code
),

flows as (
    select
        weights.* replace (
            coalesce(weights.part_of_product_code, counted_later.newer_code)
                as part_of_product_code
        ),
    from weights
    cross join asked
    left join counted_later
        on
            weights.reporter_code = counted_later.reporter_code
            and weights.product_code = counted_later.product_code
    where asked.asked_partner is null or weights.partner_iso3 = asked.asked_partner
),

at_the_day as (
    select
        measure_states.*,
        state_names.state_rank,
        state_names.is_standing,
    from {{ ref('fct_scenario_measure_states') }} as measure_states
    cross join asked
    inner join of_scenario
        on measure_states.scenario_id = of_scenario.asked_scenario
    inner join {{ ref('dim_measure_state') }} as state_names
        on measure_states.state = state_names.state
    where
        measure_states.valid_from <= asked.asked_on
        and (measure_states.valid_to is null or asked.asked_on < measure_states.valid_to)
        and measure_states.known_from <= asked.asked_known
        and (measure_states.known_to is null or asked.asked_known < measure_states.known_to)
),

groups as (
    select 'base' as claim_group
    union
    select at_the_day.claim_group
    from at_the_day
),

-- A side reads as the base does, but for the timelines where it has a reading of its own.
readings as (
    select
        groups.claim_group as reading,
        at_the_day.*,
    from groups
    inner join at_the_day
        on at_the_day.claim_group in ('base', groups.claim_group)
    qualify
        row_number() over (
            partition by
                groups.claim_group, at_the_day.measure_id, at_the_day.clause_id,
                at_the_day.destination, at_the_day.user_type
            order by at_the_day.claim_group = 'base'
        ) = 1
),

importers as (
    select destinations.*
    from {{ ref('bridge_measure_destinations') }} as destinations
    cross join asked
    where
        destinations.known_from <= asked.asked_known
        and (destinations.known_to is null or asked.asked_known < destinations.known_to)
),

-- Before the states of the law, of which there are as many as scenarios are asked for.
within_scope as materialized (
    select
        flows.reporter_code,
        flows.partner_iso3,
        flows.product_code,
        importers.destination,
        scope.measure_id,
        scope.clause_id,
        scope.share_low,
        scope.share_central,
        scope.share_high,
        scope.coverage = 'may_overlap' as is_possible_only,
        scope.link_certainty = 'presumed' as is_presumed,
    from flows
    inner join {{ ref('bridge_product_coverage') }} as scope
        on flows.nomenclature = scope.nomenclature and flows.product_code = scope.product_code
    inner join importers
        on
            scope.measure_id = importers.measure_id
            and scope.clause_id = importers.clause_id
            and flows.reporter_code = importers.country_code
    inner join {{ ref('bridge_measure_exporters') }} as exporters
        on scope.measure_id = exporters.measure_id and flows.partner_iso3 = exporters.country_iso3
),

borne_on as (
    select
        within_scope.reporter_code,
        within_scope.partner_iso3,
        within_scope.product_code,
        readings.reading,
        readings.claim_group,
        readings.is_standing,
        readings.measure_id,
        readings.state,
        readings.state_rank,
        readings.is_disputed,
        readings.is_assumed,
        readings.instrument_no,
        readings.title,
        readings.source_url,
        {{ share_low_for_user('within_scope.share_low', 'readings.user_type') }} as share_low,
        {{ share_central_for_user(
            'within_scope.share_central', 'within_scope.share_high', 'readings.user_type'
        ) }}
            as share_central,
        within_scope.share_high,
        within_scope.is_possible_only,
        within_scope.is_presumed,
    from within_scope
    inner join readings
        on
            within_scope.measure_id = readings.measure_id
            and within_scope.clause_id = readings.clause_id
            and within_scope.destination = readings.destination
),

covered as (
    select borne_on.*
    from borne_on
    where borne_on.is_standing and not borne_on.is_possible_only
),

-- Measures on codes that may share goods with the product move no bound and forbid `settled`, and
-- so do codes that are taken for the listed ones.
doubts as (
    select
        borne_on.reporter_code,
        borne_on.partner_iso3,
        borne_on.product_code,
        bool_or(borne_on.is_presumed) as is_presumed,
        string_agg(distinct borne_on.measure_id, '; ' order by borne_on.measure_id)
            filter (where borne_on.is_possible_only) as measure_ids,
    from borne_on
    where borne_on.is_standing and borne_on.reading = 'base'
    group by all
),

{{ union_of_measures('covered', ['reporter_code', 'partner_iso3', 'product_code', 'reading']) }},

-- What must be there of the parts of a code, by a source that leaves goods out, must be there of
-- the code. Parts that say more than the whole can hold raise nothing.
least_of_parts as (
    select
        parts.reporter_code,
        parts.partner_iso3,
        parts.part_of_product_code as product_code,
        parts.period,
        state_shares.reading,
        state_shares.state,
        sum(parts.value_eur * state_shares.share_low) as value_eur,
        any_value(parts.source_id)
        || ' ' || string_agg(parts.product_code, ', ' order by parts.product_code) as basis,
    from flows as parts
    inner join state_shares
        on
            parts.reporter_code = state_shares.reporter_code
            and parts.partner_iso3 = state_shares.partner_iso3
            and parts.product_code = state_shares.product_code
    where parts.is_least_of_part and state_shares.share_low > 0
    group by all
),

with_parts as (
    select
        state_shares.*,
        least_of_parts.basis,
        flows.value_eur,
        cast(flows.value_eur * state_shares.share_low as decimal(28, 6)) as low_eur,
        greatest(
            cast(flows.value_eur * state_shares.share_low as decimal(28, 6)),
            least(
                cast(flows.value_eur * state_shares.share_high as decimal(28, 6)),
                coalesce(least_of_parts.value_eur, 0)
            )
        ) as low_of_parts_eur,
    from state_shares
    inner join flows
        on
            state_shares.reporter_code = flows.reporter_code
            and state_shares.partner_iso3 = flows.partner_iso3
            and state_shares.product_code = flows.product_code
    left join least_of_parts
        on
            state_shares.reporter_code = least_of_parts.reporter_code
            and state_shares.partner_iso3 = least_of_parts.partner_iso3
            and state_shares.product_code = least_of_parts.product_code
            and state_shares.reading = least_of_parts.reading
            and state_shares.state = least_of_parts.state
            and flows.period = least_of_parts.period
),

raised as (
    select
        with_parts.* replace (
            case
                when
                    sum(with_parts.low_of_parts_eur) over (
                        partition by
                            with_parts.reporter_code, with_parts.partner_iso3,
                            with_parts.product_code, with_parts.reading
                    ) <= with_parts.value_eur
                    then with_parts.low_of_parts_eur
                else with_parts.low_eur
            end as low_of_parts_eur
        ),
    from with_parts
),

under_any as (
    select
        raised.reporter_code,
        raised.partner_iso3,
        raised.product_code,
        raised.reading,
        any_value(raised.value_eur) - sum(raised.low_of_parts_eur) as rest_eur,
    from raised
    group by all
),

acts as (
    select
        covered.reporter_code,
        covered.partner_iso3,
        covered.product_code,
        covered.reading,
        covered.state,
        count(distinct covered.measure_id) as measure_count,
        bool_or(covered.is_assumed) as is_assumed,
        string_agg(distinct covered.measure_id, '; ' order by covered.measure_id) as measure_ids,
        string_agg(distinct covered.instrument_no, '; ') as instrument_nos,
        string_agg(distinct covered.title, '; ') as titles,
        string_agg(distinct covered.source_url, ' ') as source_urls,
    from covered
    group by all
),

-- The base, and beside it the first other side whose own reading of the product differs.
sides as (
    select
        borne_on.reporter_code,
        borne_on.partner_iso3,
        borne_on.product_code,
        min(borne_on.reading) as reading,
    from borne_on
    where borne_on.reading <> 'base' and borne_on.claim_group <> 'base' and borne_on.is_disputed
    group by all
),

flow_readings as (
    select
        flows.reporter_code,
        flows.partner_iso3,
        flows.product_code,
        'base' as reading,
    from flows
    union all
    select
        sides.reporter_code,
        sides.partner_iso3,
        sides.product_code,
        sides.reading,
    from sides
),

shares as (
    select
        raised.reporter_code,
        raised.partner_iso3,
        raised.product_code,
        raised.reading,
        raised.state,
        raised.share_low,
        raised.share_central,
        raised.share_high,
        raised.low_of_parts_eur,
        cast(null as decimal(28, 6)) as rest_eur,
        case when raised.low_of_parts_eur > raised.low_eur then raised.basis end as low_raised_by,
    from raised
    union all
    select
        flow_readings.reporter_code,
        flow_readings.partner_iso3,
        flow_readings.product_code,
        flow_readings.reading,
        'not_covered' as state,
        coalesce(1 - union_shares.share_high, 1) as share_low,
        case
            when union_shares.reading is null then 1 else 1 - union_shares.share_central
        end as share_central,
        coalesce(1 - union_shares.share_low, 1) as share_high,
        cast(null as decimal(28, 6)) as low_of_parts_eur,
        under_any.rest_eur,
        cast(null as varchar) as low_raised_by,
    from flow_readings
    left join union_shares
        on
            flow_readings.reporter_code = union_shares.reporter_code
            and flow_readings.partner_iso3 = union_shares.partner_iso3
            and flow_readings.product_code = union_shares.product_code
            and flow_readings.reading = union_shares.reading
    left join under_any
        on
            flow_readings.reporter_code = under_any.reporter_code
            and flow_readings.partner_iso3 = under_any.partner_iso3
            and flow_readings.product_code = under_any.product_code
            and flow_readings.reading = under_any.reading
),

keys as (
    select distinct
        shares.reporter_code,
        shares.partner_iso3,
        shares.product_code,
        shares.state,
        sides.reading as rival_reading,
    from shares
    left join sides
        on
            shares.reporter_code = sides.reporter_code
            and shares.partner_iso3 = sides.partner_iso3
            and shares.product_code = sides.product_code
    where shares.reading = 'base' or shares.reading = sides.reading
),

final as (
    select
        flows.reporter_code,
        flows.partner_iso3,
        flows.product_code,
        keys.state,
        flows.source_id,
        flows.nomenclature,
        flows.period as weight_period,
        flows.part_of_product_code,
        flows.value_eur as product_value_eur,
        cast(
            coalesce(base.low_of_parts_eur, flows.value_eur * base.share_low, 0)
            as decimal(28, 6)
        ) as value_eur_low,
        cast(
            flows.value_eur
            * case when base.state is null then 0 else base.share_central end as decimal(28, 6)
        ) as value_eur_central,
        cast(
            coalesce(least(flows.value_eur * base.share_high, base.rest_eur), 0)
            as decimal(28, 6)
        ) as value_eur_high,
        base.low_raised_by,
        flows.net_mass_kg as product_net_mass_kg,
        cast(
            coalesce(
                flows.net_mass_kg, case when flows.parent_net_mass_kg is not null then 0 end
            )
            * coalesce(base.share_low, 0) as decimal(28, 6)
        ) as net_mass_kg_low,
        cast(
            flows.net_mass_kg
            * case when base.state is null then 0 else base.share_central end as decimal(28, 6)
        ) as net_mass_kg_central,
        cast(
            coalesce(flows.net_mass_kg, flows.parent_net_mass_kg) * coalesce(base.share_high, 0)
            as decimal(28, 6)
        ) as net_mass_kg_high,
        keys.rival_reading as rival_claim_group,
        cast(
            case
                when
                    keys.rival_reading is not null
                    then coalesce(
                        rival.low_of_parts_eur, flows.value_eur * rival.share_low, 0
                    )
            end
            as decimal(28, 6)
        ) as rival_value_eur_low,
        cast(
            case
                when keys.rival_reading is not null
                    then
                        flows.value_eur
                        * case when rival.state is null then 0 else rival.share_central end
            end as decimal(28, 6)
        ) as rival_value_eur_central,
        cast(
            case
                when
                    keys.rival_reading is not null
                    then coalesce(
                        least(flows.value_eur * rival.share_high, rival.rest_eur), 0
                    )
            end
            as decimal(28, 6)
        ) as rival_value_eur_high,
        flows.parent_value_eur,
        coalesce(acts.measure_count, 0) as measure_count,
        acts.measure_ids,
        doubts.measure_ids as may_overlap_measure_ids,
        acts.instrument_nos,
        acts.titles,
        acts.source_urls,
        keys.rival_reading is not null as is_disputed,
        case
            when keys.rival_reading is not null then 'disputed'
            when acts.is_assumed then 'assumed'
            when base.share_central is null then 'bounds_only'
            when doubts.measure_ids is not null then 'may_overlap'
            when doubts.is_presumed or keys.state in ('lapsed_presumed', 'unknown') then 'presumed'
            else 'settled'
        end as certainty,
    from keys
    inner join flows
        on
            keys.reporter_code = flows.reporter_code
            and keys.partner_iso3 = flows.partner_iso3
            and keys.product_code = flows.product_code
    left join shares as base
        on
            keys.reporter_code = base.reporter_code
            and keys.partner_iso3 = base.partner_iso3
            and keys.product_code = base.product_code
            and keys.state = base.state
            and base.reading = 'base'
    left join shares as rival
        on
            keys.reporter_code = rival.reporter_code
            and keys.partner_iso3 = rival.partner_iso3
            and keys.product_code = rival.product_code
            and keys.state = rival.state
            and keys.rival_reading = rival.reading
    left join acts
        on
            keys.reporter_code = acts.reporter_code
            and keys.partner_iso3 = acts.partner_iso3
            and keys.product_code = acts.product_code
            and keys.state = acts.state
            and acts.reading = case when base.state is null then keys.rival_reading else 'base' end
    left join doubts
        on
            keys.reporter_code = doubts.reporter_code
            and keys.partner_iso3 = doubts.partner_iso3
            and keys.product_code = doubts.product_code
)

select final.*
from final
order by final.reporter_code, final.partner_iso3, final.product_code, final.state

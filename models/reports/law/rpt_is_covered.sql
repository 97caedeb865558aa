{{ config(
    materialized='table_function',
    alias='is_covered',
    parameters=['code', 'destination', 'end_use', 'composition', 'as_of', 'known_on := null', 'scenario := null'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}


with

asked as (
    select
        regexp_replace(cast(code as varchar), '[^0-9]', '', 'g') as asked_code,
        trim(cast(destination as varchar)) as asked_place,
        case
            when cast(end_use as varchar) is null then null
            when
                regexp_matches(
                    lower(cast(end_use as varchar)), '(^|[^a-z-])(milit|defen[cs]e|weapon)'
                )
                and not regexp_matches(lower(cast(end_use as varchar)), '(non|not|no)[ -]+milit')
                then 'military'
            else 'civil'
        end as asked_use,
        cast(composition as varchar) as asked_composition,
        coalesce(cast(as_of as date), current_date) as asked_on,
        coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known,
        {{ asked_scenario() }} as asked_scenario,
),

places as (
    select {{ place_code('asked.asked_place', ref('dim_country')) }} as country_code,
    from asked
),

{{ reading_of_composition('asked', ref('dim_element')) }}

-- Clauses that list the code: its CN8 code where mapped, its subheading else, or the code of the
-- issuing country's own tariff.
listed as (
    select
        scope.measure_id,
        scope.clause_id,
        scope.nomenclature,
        scope.product_code,
        scope.coverage,
        asked.asked_code,
    from {{ ref('bridge_measure_products') }} as scope
    cross join asked
    where
        (
            scope.nomenclature = 'HS2022'
            and length(asked.asked_code) = 6
            and scope.product_code = asked.asked_code
        )
        or (
            scope.nomenclature = 'CN2025'
            and length(asked.asked_code) in (8, 10)
            and scope.product_code = left(asked.asked_code, 8)
        )
        or (
            scope.nomenclature = 'CN_TARIFF'
            and length(asked.asked_code) = 10
            and scope.product_code = asked.asked_code
        )
        or (
            scope.nomenclature = 'HS2022'
            and length(asked.asked_code) in (8, 10)
            and scope.product_code = left(asked.asked_code, 6)
            and not exists (
                select 1
                from {{ ref('bridge_measure_products') }} as mapped
                where
                    mapped.measure_id = scope.measure_id
                    and mapped.nomenclature = 'CN2025'
                    and left(mapped.product_code, 6) = scope.product_code
            )
        )
),

-- The most exact code of a clause counts.
matched as (
    select listed.*
    from listed
    qualify
        row_number() over (
            partition by listed.measure_id, listed.clause_id
            order by length(listed.product_code) desc, listed.nomenclature
        ) = 1
),

ruled as (
    select
        matched.measure_id,
        matched.clause_id,
        bool_and(rules.is_complete_for_code) as is_complete,
        bool_or(
            rules.is_sufficient
            and list_has_all(held.held_elements, string_split(rules.requires, ';'))
        ) as is_met,
        bool_or(list_has_any(held.held_elements, string_split(rules.tells, ';'))) as is_touched,
        any_value(held.held_elements) as held_elements,
        any_value(held.is_understood) as is_understood,
        any_value(held.words_not_understood) as words_not_understood,
        string_agg(distinct rules.requires, ', ' order by rules.requires) as rule_texts,
    from matched
    inner join {{ ref('dim_composition_rule') }} as rules
        on matched.measure_id = rules.measure_id and left(matched.product_code, 6) = rules.hs6_code
    cross join held
    group by matched.measure_id, matched.clause_id
),

scoped as (
    select
        matched.*,
        ruled.rule_texts,
        ruled.held_elements,
        case
            when matched.coverage = 'whole' then 'yes'
            when ruled.measure_id is null or ruled.held_elements is null then 'cannot tell'
            when ruled.is_met then 'yes'
            when ruled.is_touched or not ruled.is_complete or not ruled.is_understood
                then 'cannot tell'
            else 'no'
        end as in_scope,
        case
            when matched.coverage = 'whole' then 'the whole code is listed'
            when matched.coverage = 'reference_only'
                then 'the clause is addressed to one firm; the code is its product family only'
            when ruled.measure_id is null
                then 'the code holds other goods too; the technical parameters of the item decide'
            when ruled.is_met then 'by composition: holds what the item names'
            when not ruled.is_understood and ruled.words_not_understood is not null
                then
                    'the composition is not understood in full: ' || ruled.words_not_understood
                    || '; name elements by symbol or English name: ' || ruled.rule_texts
            when ruled.held_elements is null
                then 'the code holds other goods too; state the composition: ' || ruled.rule_texts
            when ruled.is_touched
                then 'the composition names a controlled element, but not all that the item names'
            when not ruled.is_complete then 'other items of the code are not told by elements'
            else 'by composition as stated: holds none of ' || ruled.rule_texts
        end as scope_reason,
    from matched
    left join ruled
        on matched.measure_id = ruled.measure_id and matched.clause_id = ruled.clause_id
),

-- Bans on all dual-use items for military users name no codes: what another clause of the issuer,
-- in force, lists is such an item; of other goods this cannot be told.
controlled as (
    select distinct acts.jurisdiction
    from scoped
    cross join asked
    inner join {{ ref('fct_scenario_measure_states') }} as listing_states
        on
            scoped.measure_id = listing_states.measure_id
            and scoped.clause_id = listing_states.clause_id
            and asked.asked_scenario = listing_states.scenario_id
            and listing_states.state = 'in_force'
            and asked.asked_on >= listing_states.valid_from
            and (listing_states.valid_to is null or asked.asked_on < listing_states.valid_to)
            and asked.asked_known >= listing_states.known_from
            and (listing_states.known_to is null or asked.asked_known < listing_states.known_to)
    inner join {{ ref('dim_act') }} as acts
        on scoped.measure_id = acts.act_id
    where scoped.in_scope = 'yes'
),

without_code as (
    select distinct
        clause_states.measure_id,
        clause_states.clause_id,
        controlled.jurisdiction is not null as is_controlled,
        held.held_elements,
    from {{ ref('fct_scenario_measure_states') }} as clause_states
    cross join asked
    cross join held
    inner join {{ ref('dim_act') }} as acts
        on clause_states.measure_id = acts.act_id
    left join controlled
        on acts.jurisdiction = controlled.jurisdiction
    where
        asked.asked_scenario = clause_states.scenario_id
        and asked.asked_use = 'military'
        and length(asked.asked_code) in (6, 8, 10)
        and clause_states.user_type = 'military'
        and acts.severity_weight is not null
        and not exists (
            select 1
            from {{ ref('bridge_measure_products') }} as coded
            where clause_states.measure_id = coded.measure_id
        )
),

in_question as (
    select
        scoped.measure_id,
        scoped.clause_id,
        scoped.in_scope,
        scoped.scope_reason,
        scoped.coverage,
        scoped.nomenclature,
        scoped.product_code,
        scoped.held_elements,
    from scoped
    union all
    select
        without_code.measure_id,
        without_code.clause_id,
        case when without_code.is_controlled then 'yes' else 'cannot tell' end as in_scope,
        case
            when without_code.is_controlled
                then 'all dual-use items for these users; another clause of the issuer lists this'
            else 'all dual-use items for these users; no clause here tells whether this is one'
        end as scope_reason,
        'none_listed' as coverage,
        cast(null as varchar) as nomenclature,
        cast(null as varchar) as product_code,
        without_code.held_elements,
    from without_code
),

standing as (
    select
        in_question.in_scope,
        in_question.scope_reason,
        in_question.coverage,
        in_question.nomenclature as matched_nomenclature,
        in_question.product_code as matched_code,
        in_question.held_elements,
        measure_states.*,
        acts.instrument,
    from in_question
    cross join asked
    cross join places
    inner join {{ ref('bridge_measure_destinations') }} as importers
        on
            in_question.measure_id = importers.measure_id
            and in_question.clause_id = importers.clause_id
            and places.country_code = importers.country_code
            and asked.asked_known >= importers.known_from
            and (importers.known_to is null or asked.asked_known < importers.known_to)
    inner join {{ ref('fct_scenario_measure_states') }} as measure_states
        on
            in_question.measure_id = measure_states.measure_id
            and in_question.clause_id = measure_states.clause_id
            and importers.destination = measure_states.destination
            and asked.asked_scenario = measure_states.scenario_id
            and asked.asked_on >= measure_states.valid_from
            and (measure_states.valid_to is null or asked.asked_on < measure_states.valid_to)
            and asked.asked_known >= measure_states.known_from
            and (measure_states.known_to is null or asked.asked_known < measure_states.known_to)
            and (
                asked.asked_use is null
                or measure_states.user_type not in ('civil', 'military')
                or asked.asked_use = measure_states.user_type
            )
    inner join {{ ref('dim_act') }} as acts
        on in_question.measure_id = acts.act_id
),

answered as (
    select
        standing.*,
        case
            when standing.in_scope = 'no' then 'no'
            when standing.state = 'in_force' and not standing.is_disputed then standing.in_scope
            when standing.is_disputed or standing.state in ('lapsed_presumed', 'unknown')
                then 'cannot tell'
            else 'no'
        end as answer,
    from standing
),

final as (
    select
        answered.answer,
        case
            when answered.answer <> 'no' and answered.is_disputed then 'disputed'
            when
                answered.answer <> 'no' and answered.state in ('lapsed_presumed', 'unknown')
                then 'presumed'
            when
                answered.in_scope = 'cannot tell' and answered.answer = 'cannot tell'
                then 'bounds_only'
            when answered.scope_reason like 'by composition%' then 'by_composition'
            else 'settled'
        end as certainty,
        answered.measure_id,
        answered.clause_id,
        answered.instrument_no,
        answered.title,
        answered.source_url,
        answered.in_scope,
        answered.state,
        answered.valid_to as state_until,
        answered.user_type,
        answered.claim_group,
        answered.is_disputed,
        answered.instrument as licence_type,
        case
            when answered.state in ('exempted', 'suspended', 'suspended_before_effect')
                then answered.act_title
        end as exemption,
        case
            when answered.in_scope <> 'no' and answered.state <> 'in_force'
                then
                    answered.scope_reason || '; the clause is ' || replace(answered.state, '_', ' ')
            else answered.scope_reason
        end as reason,
        answered.coverage,
        answered.matched_nomenclature,
        answered.matched_code,
        array_to_string(answered.held_elements, ' ') as elements_read,
        answered.confidence,
        answered.act_id,
        answered.act_instrument_no,
        answered.act_title,
        answered.act_source_url,
    from answered
    union all by name
    select
        case
            when places.country_code is null or length(asked.asked_code) not in (6, 8, 10)
                or asked.asked_code is null
                then 'cannot tell'
            else 'no'
        end as answer,
        case
            when places.country_code is null or length(asked.asked_code) not in (6, 8, 10)
                or asked.asked_code is null
                then 'not_understood'
            else 'not_listed'
        end as certainty,
        case
            when asked.asked_code is null or length(asked.asked_code) not in (6, 8, 10)
                then 'the code is not one of six, eight or ten digits'
            when places.country_code is null
                then 'the destination is no country known here, nor EU27'
            else
                'no recorded clause lists this code for this destination on this day; '
                || 'items without a code are not looked up'
        end as reason,
    from asked
    cross join places
    where not exists (select 1 from answered)
)

select final.*
from final
order by final.measure_id, final.clause_id, final.user_type, final.claim_group

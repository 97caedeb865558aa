{{ config(
    materialized='table_function',
    alias='listed_codes',
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
        {{ asked_scenario() }} as asked_scenario,
),

-- What is addressed to the importer, by each country whose exports it restricts.
clauses as (
    select
        exporters.country_iso3,
        states.measure_id,
        states.clause_id,
        states.destination,
        states.state,
        string_agg(distinct states.instrument_no, '; ' order by states.instrument_no)
            as instrument_no,
        any_value(states.title) as title,
        any_value(states.source_url) as source_url,
    from {{ ref('fct_scenario_measure_states') }} as states
    cross join asked
    inner join {{ ref('dim_measure_state') }} as state_names
        on states.state = state_names.state and state_names.is_standing
    inner join {{ ref('bridge_measure_destinations') }} as importers
        on
            states.measure_id = importers.measure_id
            and states.clause_id = importers.clause_id
            and states.destination = importers.destination
            and asked.asked_reporter = importers.country_code
            and asked.asked_known >= importers.known_from
            and (importers.known_to is null or asked.asked_known < importers.known_to)
    inner join {{ ref('bridge_measure_exporters') }} as exporters
        on states.measure_id = exporters.measure_id
    where
        states.scenario_id = asked.asked_scenario
        and states.claim_group = 'base'
        and states.valid_from <= asked.asked_on
        and (states.valid_to is null or asked.asked_on < states.valid_to)
        and states.known_from <= asked.asked_known
        and (states.known_to is null or asked.asked_known < states.known_to)
        and (asked.asked_partner is null or exporters.country_iso3 = asked.asked_partner)
    group by
        exporters.country_iso3, states.measure_id, states.clause_id, states.destination,
        states.state
),

-- Products of which the importer has figures for a complete year, from whichever partners.
traded as (
    select distinct
        imports.nomenclature,
        imports.product_code,
        imports.source_id,
    from {{ ref('fct_import_weights') }} as imports
    inner join asked
        on
            imports.reporter_code = asked.asked_reporter
            and cast(imports.period || '-12-31' as date) < asked.asked_on
),

-- Figures that hold all goods of a listed code: of a subheading, or one that holds it, in any
-- edition; of a CN code, the same in any year.
reached as (
    select
        scope.measure_id,
        scope.clause_id,
        scope.nomenclature_family,
        unnest(
            case scope.nomenclature_family
                when 'HS' then string_split(scope.listed_codes, '; ') else [scope.product_code]
            end
        ) as listed_code,
        traded.source_id,
    from {{ ref('bridge_product_coverage') }} as scope
    inner join traded
        on
            scope.nomenclature = traded.nomenclature
            and scope.product_code = traded.product_code
    where
        scope.link = 'same'
        or scope.link = 'holds' and scope.nomenclature_family = 'HS'
),

listed as (
    select
        products.measure_id,
        products.clause_id,
        products.product_code,
        products.coverage,
    from {{ ref('bridge_measure_products') }} as products
    where products.nomenclature = 'HS2022'
),

-- Where the subheading has no figures, those of all its CN codes that the clause lists will do.
of_parts as (
    select
        parts.measure_id,
        parts.clause_id,
        left(parts.product_code, 6) as product_code,
        bool_and(reached.listed_code is not null) as are_all_reached,
        string_agg(distinct reached.source_id, ', ' order by reached.source_id) as source_ids,
    from {{ ref('bridge_measure_products') }} as parts
    left join reached
        on
            parts.measure_id = reached.measure_id
            and parts.clause_id = reached.clause_id
            and parts.product_code = reached.listed_code
            and reached.nomenclature_family = 'CN'
    where parts.nomenclature = 'CN2025'
    group by parts.measure_id, parts.clause_id, left(parts.product_code, 6)
),

of_codes as (
    select
        listed.measure_id,
        listed.clause_id,
        listed.product_code,
        listed.coverage,
        string_agg(distinct reached.source_id, ', ' order by reached.source_id) as source_ids,
    from listed
    left join reached
        on
            listed.measure_id = reached.measure_id
            and listed.clause_id = reached.clause_id
            and listed.product_code = reached.listed_code
            and reached.nomenclature_family = 'HS'
    group by listed.measure_id, listed.clause_id, listed.product_code, listed.coverage
)

select
    clauses.country_iso3 as partner_iso3,
    clauses.state,
    clauses.measure_id,
    clauses.clause_id,
    clauses.destination,
    of_codes.product_code,
    cast(null as varchar) as scope_id,
    of_codes.coverage,
    case
        when of_codes.source_ids is not null then 'subheading'
        when of_parts.are_all_reached then 'CN codes of the clause'
    end as figures_of,
    coalesce(
        of_codes.source_ids, case when of_parts.are_all_reached then of_parts.source_ids end
    ) as source_ids,
    clauses.instrument_no,
    clauses.title,
    clauses.source_url,
from clauses
inner join of_codes
    on clauses.measure_id = of_codes.measure_id and clauses.clause_id = of_codes.clause_id
left join of_parts
    on
        of_codes.measure_id = of_parts.measure_id
        and of_codes.clause_id = of_parts.clause_id
        and of_codes.product_code = of_parts.product_code
union all by name
select
    clauses.country_iso3 as partner_iso3,
    clauses.state,
    clauses.measure_id,
    clauses.clause_id,
    clauses.destination,
    items.scope_id,
    'none_listed' as coverage,
    clauses.instrument_no,
    clauses.title,
    clauses.source_url,
from clauses
inner join {{ ref('dim_measure_scope') }} as items
    on clauses.measure_id = items.measure_id and items.coverage = 'none_listed'
union all by name
-- Of what these bear on nothing is recorded: no sum may be called complete beside them.
select
    clauses.country_iso3 as partner_iso3,
    clauses.state,
    clauses.measure_id,
    clauses.clause_id,
    clauses.destination,
    'not_recorded' as coverage,
    clauses.instrument_no,
    clauses.title,
    clauses.source_url,
from clauses
where
    -- What takes a burden away lists no goods.
    clauses.measure_id not in (
        select acts.act_id
        from {{ ref('dim_act') }} as acts
        where acts.standing = 'relief'
    )
    and not exists (
        select 1
        from listed
        where listed.measure_id = clauses.measure_id and listed.clause_id = clauses.clause_id
    )
    and not exists (
        select 1
        from {{ ref('dim_measure_scope') }} as items
        where items.measure_id = clauses.measure_id and items.coverage = 'none_listed'
    )

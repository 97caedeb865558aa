{{ config(
    materialized='table_function',
    alias='listed_codes',
    parameters=['reporter', 'partner', 'as_of', 'known_on', 'scenario := null'],
    contract={'enforced': false}
) }}

with

asked as (
    select
        coalesce(cast(as_of as date), current_date) as asked_on,
        coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known,
        {{ asked_place('reporter') }} as asked_reporter,
        {{ asked_place('partner') }} as asked_partner,
),

states_on_the_day as (
    select states.*
    from {{ ref('rpt_measure_state') }}(as_of, known_on, scenario := scenario) as states
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
        min(states.valid_from) as valid_from,
    from states_on_the_day as states
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
        states.claim_group = 'base'
        and (asked.asked_partner is null or exporters.country_iso3 = asked.asked_partner)
    group by all
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
        using (nomenclature, product_code)
    where
        scope.link = 'same'
        or scope.link = 'holds' and scope.nomenclature_family = 'HS'
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
        listed.goods_name,
        listed.naming_order,
        string_agg(distinct reached.source_id, ', ' order by reached.source_id) as source_ids,
    from {{ ref('bridge_measure_products') }} as listed
    left join reached
        on
            listed.measure_id = reached.measure_id
            and listed.clause_id = reached.clause_id
            and listed.product_code = reached.listed_code
            and reached.nomenclature_family = 'HS'
    where listed.nomenclature = 'HS2022'
    group by all
),

goods as (
    select
        of_codes.measure_id,
        of_codes.clause_id,
        of_codes.product_code,
        cast(null as varchar) as scope_id,
        of_codes.coverage,
        of_codes.goods_name,
        of_codes.naming_order,
        case
            when of_codes.source_ids is not null then 'subheading'
            when of_parts.are_all_reached then 'CN codes of the clause'
        end as figures_of,
        not of_parts.are_all_reached as has_parts_without_figures,
        coalesce(
            of_codes.source_ids, case when of_parts.are_all_reached then of_parts.source_ids end
        ) as source_ids,
    from of_codes
    left join of_parts
        using (measure_id, clause_id, product_code)
    union all by name
    select distinct
        clauses.measure_id,
        clauses.clause_id,
        items.scope_id,
        'none_listed' as coverage,
    from clauses
    inner join {{ ref('dim_measure_scope') }} as items
        on clauses.measure_id = items.measure_id and items.coverage = 'none_listed'
)

-- Where nothing is recorded of what a clause bears on, no sum may be called complete beside it.
-- What takes a burden away, or restricts no trade in goods by itself, lists none.
select
    clauses.country_iso3 as partner_iso3,
    clauses.state,
    clauses.measure_id,
    clauses.clause_id,
    clauses.destination,
    goods.product_code,
    goods.scope_id,
    coalesce(goods.coverage, 'not_recorded') as coverage,
    goods.figures_of,
    coalesce(goods.has_parts_without_figures, false) as has_parts_without_figures,
    goods.source_ids,
    coalesce(goods.goods_name, lower(products.product_name)) as goods_name,
    goods.naming_order,
    clauses.instrument_no,
    clauses.title,
    clauses.source_url,
    clauses.valid_from,
from clauses
left join goods
    on clauses.measure_id = goods.measure_id and clauses.clause_id = goods.clause_id
left join {{ ref('dim_product') }} as products
    on goods.product_code = products.product_code and products.nomenclature_family = 'HS'
where
    goods.coverage is not null
    or clauses.measure_id in (
        select acts.act_id
        from {{ ref('dim_act') }} as acts
        where acts.standing <> 'relief' and acts.severity_weight is not null
    )

with

measure_states as (select * from {{ ref('int_law__measure_states') }}),
state_names as (select * from {{ ref('stg_law__measure_state_names') }}),
exporters as (select * from {{ ref('int_law__exporters') }}),
destination_classes as (select * from {{ ref('int_law__destination_classes') }}),
destination_countries as (select * from {{ ref('int_law__destination_countries') }}),
product_periods as (select * from {{ ref('int_trade__product_periods') }}),

-- Of codes that are traded.
product_coverage as (
    select coverage.*
    from {{ ref('int_law__product_coverage') }} as coverage
    semi join product_periods
        using (nomenclature, product_code)
),

-- What is known by now, of law that stands; law that is over only where that is in dispute.
known as (
    select
        measure_states.*,
        state_names.state_rank,
        state_names.is_standing,
    from measure_states
    inner join state_names
        on measure_states.state = state_names.state
    where
        measure_states.known_to is null
        and (state_names.is_standing or measure_states.is_disputed)
),

sides as (
    select
        measure_id,
        clause_id,
        destination,
        user_type,
        claim_group,
        min(valid_from) as departs_on,
    from measure_states
    where claim_group <> 'base' and known_to is null
    group by all
),

-- Elsewhere a side reads as the base does, and nothing has to be worked out for it.
side_products as (
    select distinct
        sides.claim_group,
        exporters.country_iso3,
        product_coverage.nomenclature,
        product_coverage.product_code,
    from sides
    inner join exporters
        using (measure_id)
    inner join product_coverage
        using (measure_id, clause_id)
),

class_destinations as (
    select distinct
        destination_classes.destination_class,
        destination_countries.destination,
        destination_countries.precedence,
    from destination_classes
    inner join destination_countries
        on destination_classes.country_code = destination_countries.country_code
),

clause_destinations as (
    select distinct
        measure_id,
        clause_id,
        destination,
    from measure_states
),

-- Of several destinations of a clause the most specific counts.
class_clauses as (
    select
        clause_destinations.measure_id,
        clause_destinations.clause_id,
        class_destinations.destination_class,
        class_destinations.destination,
    from clause_destinations
    inner join class_destinations
        on clause_destinations.destination = class_destinations.destination
    qualify
        row_number() over (
            partition by
                clause_destinations.measure_id,
                clause_destinations.clause_id,
                class_destinations.destination_class
            order by class_destinations.precedence desc
        ) = 1
),

own as (
    select
        exporters.country_iso3 as partner_code,
        class_clauses.destination_class,
        class_clauses.destination,
        product_coverage.nomenclature,
        product_coverage.product_code,
        known.claim_group as reading,
        known.measure_id,
        known.clause_id,
        known.user_type,
        known.state,
        known.state_rank,
        known.is_standing,
        known.is_disputed,
        known.valid_from,
        known.valid_to,
        exporters.severity_weight,
        -- Of a clause for one kind of user only the bound is left: others use the code too.
        cast(
            case when known.user_type = 'all' then product_coverage.share_low else 0 end
            as decimal(9, 6)
        ) as share_low,
        cast(
            case
                when known.user_type = 'all' or product_coverage.share_high = 0
                    then product_coverage.share_central
            end as decimal(9, 6)
        ) as share_central,
        product_coverage.share_high,
        product_coverage.coverage = 'may_overlap' as is_possible_only,
        case
            when product_coverage.link_certainty = 'presumed' then 'code_presumed'
            when known.certainty in ('reported_only', 'as_cited') then known.certainty
        end as doubt,
    from known
    inner join class_clauses
        using (measure_id, clause_id, destination)
    inner join product_coverage
        using (measure_id, clause_id)
    inner join exporters
        using (measure_id)
),

-- A side of a dispute reads everything as the base does, until the day its timelines depart.
shared_with_sides as (
    select
        own.* replace (
            least(own.valid_to, sides.departs_on) as valid_to,
            side_products.claim_group as reading,
            false as is_disputed
        ),
    from own
    inner join side_products
        on
            own.partner_code = side_products.country_iso3
            and own.nomenclature = side_products.nomenclature
            and own.product_code = side_products.product_code
    left join sides
        using (claim_group, measure_id, clause_id, destination, user_type)
    where
        own.reading = 'base'
        and own.is_standing
        and (sides.departs_on is null or own.valid_from < sides.departs_on)
),

unioned as (
    select * from own
    union all
    select * from shared_with_sides
),

final as (
    select unioned.* exclude (destination)
    from unioned
)

select * from final

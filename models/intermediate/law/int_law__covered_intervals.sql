with

measure_states as (
    select * from {{ ref('int_law__measure_states') }}
),

state_names as (
    select * from {{ ref('stg_law__measure_state_names') }}
),

exporters as (
    select * from {{ ref('int_law__exporters') }}
),

destination_classes as (
    select * from {{ ref('int_law__destination_classes') }}
),

destination_countries as (
    select * from {{ ref('int_law__destination_countries') }}
),

product_coverage as (
    select * from {{ ref('int_law__product_coverage') }}
),

-- What is known by now, of law that stands.
standing as (
    select
        measure_states.measure_id,
        measure_states.clause_id,
        measure_states.destination,
        measure_states.user_type,
        measure_states.claim_group,
        measure_states.valid_from,
        measure_states.valid_to,
        measure_states.state,
        measure_states.is_disputed,
        state_names.state_rank,
    from measure_states
    inner join state_names
        on measure_states.state = state_names.state
    where measure_states.known_to is null and state_names.is_standing
),

-- A side of a dispute reads everything as the base does, but for the timelines it departs from.
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

readings as (
    select
        *,
        claim_group as reading,
    from standing
    union all
    select
        standing.* replace (least(standing.valid_to, sides.departs_on) as valid_to),
        groups.claim_group as reading,
    from standing
    cross join (select distinct claim_group from sides) as groups
    left join sides
        on
            groups.claim_group = sides.claim_group
            and standing.measure_id = sides.measure_id
            and standing.clause_id = sides.clause_id
            and standing.destination = sides.destination
            and standing.user_type = sides.user_type
    where
        standing.claim_group = 'base'
        and (sides.departs_on is null or standing.valid_from < sides.departs_on)
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
    from standing
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

final as (
    select
        exporters.country_iso3 as partner_code,
        class_clauses.destination_class,
        product_coverage.nomenclature_family,
        product_coverage.product_code,
        readings.reading,
        readings.measure_id,
        readings.clause_id,
        readings.user_type,
        readings.state,
        readings.state_rank,
        readings.is_disputed,
        readings.valid_from,
        readings.valid_to,
        exporters.severity_weight,
        cast({{ share_low_for_user('product_coverage.share_low', 'readings.user_type') }} as decimal(9, 6))
            as share_low,
        cast(
            {{ share_central_for_user(
                'product_coverage.share_central', 'product_coverage.share_high', 'readings.user_type'
            ) }} as decimal(9, 6)
        ) as share_central,
        product_coverage.share_high,
    from readings
    inner join class_clauses
        on
            readings.measure_id = class_clauses.measure_id
            and readings.clause_id = class_clauses.clause_id
            and readings.destination = class_clauses.destination
    inner join product_coverage
        on
            readings.measure_id = product_coverage.measure_id
            and readings.clause_id = product_coverage.clause_id
    inner join exporters
        on readings.measure_id = exporters.measure_id
)

select * from final

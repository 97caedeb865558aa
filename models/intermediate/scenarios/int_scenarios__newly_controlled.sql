with

measure_states as (select * from {{ ref('int_law__measure_states') }}),
scenario_states as (select * from {{ ref('int_scenarios__measure_states') }}),
exporters as (select * from {{ ref('int_law__exporters') }}),
destination_countries as (select * from {{ ref('int_law__destination_countries') }}),
code_coverage as (select * from {{ ref('int_exposure__code_coverage') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),

graph_countries as (
    select distinct country_code
    from sites
),

-- In force by assumption, and not in the base.
in_force as (
    select
        assumed.scenario_id,
        assumed.scenario_origin,
        assumed.measure_id,
        assumed.clause_id,
        assumed.destination,
        greatest(assumed.valid_from, base.valid_from) as valid_from,
        least(assumed.valid_to, base.valid_to) as valid_to,
    from scenario_states as assumed
    inner join measure_states as base
        on
            assumed.measure_id = base.measure_id
            and assumed.clause_id = base.clause_id
            and assumed.destination = base.destination
            and assumed.user_type = base.user_type
            and (assumed.valid_to is null or assumed.valid_to > base.valid_from)
            and (base.valid_to is null or assumed.valid_from < base.valid_to)
    where
        assumed.is_assumed
        and assumed.known_to is null
        and assumed.claim_group = 'base'
        and base.known_to is null
        and base.claim_group = 'base'
        and assumed.state = 'in_force'
        and base.state <> 'in_force'
),

-- Stretches of the base that follow one another are one time.
times as (
    select
        scenario_id,
        scenario_origin,
        measure_id,
        clause_id,
        destination,
        min(valid_from) as valid_from,
        case when bool_and(valid_to is not null) then max(valid_to) end as valid_to,
    from in_force
    group by all
),

final as (
    select
        times.scenario_id,
        times.scenario_origin,
        times.measure_id,
        times.clause_id,
        exporters.country_iso3 as exporter_iso3,
        destination_countries.country_code as destination_iso3,
        code_coverage.nomenclature_family,
        code_coverage.product_code,
        code_coverage.share_high,
        min(times.valid_from) as valid_from,
        case when bool_and(times.valid_to is not null) then max(times.valid_to) end as valid_to,
    from times
    inner join exporters
        using (measure_id)
    inner join destination_countries
        on times.destination = destination_countries.destination
    inner join graph_countries
        on destination_countries.country_code = graph_countries.country_code
    inner join code_coverage
        using (measure_id, clause_id)
    group by all
)

select * from final

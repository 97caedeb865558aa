with

timelines as (select * from {{ ref('int_law__timelines') }}),
acts as (select * from {{ ref('int_law__acts') }}),
destination_countries as (select * from {{ ref('int_law__destination_countries') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),
named_firms as (select * from {{ ref('named_firms') }}),

clause_destinations as (
    select
        timelines.act_id,
        timelines.clause_id,
        timelines.destination,
        issuers.iso3 as issuer_iso3,
        acts.jurisdiction_iso2 = 'EU' as is_of_the_eu,
        acts.instrument in ('entity listing', 'watch list') as is_list_of_firms,
        min(timelines.known_from) as known_from,
    from timelines
    inner join acts
        on timelines.act_id = acts.act_id
    left join countries as issuers
        on acts.jurisdiction_iso2 = issuers.iso2
    where acts.is_measure
    group by
        timelines.act_id, timelines.clause_id, timelines.destination, issuers.iso3,
        acts.jurisdiction_iso2, acts.instrument
),

-- Nobody is a destination of his own exports, nor a member of those of the EU. Of several timelines
-- the most specific counts, from the day on which it is known.
ranked as (
    select
        clause_destinations.act_id as measure_id,
        clause_destinations.clause_id,
        destination_countries.country_code,
        clause_destinations.destination,
        clause_destinations.is_list_of_firms,
        clause_destinations.known_from,
        min(clause_destinations.known_from) over (
            partition by
                clause_destinations.act_id,
                clause_destinations.clause_id,
                destination_countries.country_code
            order by destination_countries.precedence desc
            rows between unbounded preceding and 1 preceding
        ) as known_to,
    from clause_destinations
    inner join destination_countries
        on clause_destinations.destination = destination_countries.destination
    where
        clause_destinations.issuer_iso3 is distinct from destination_countries.country_code
        and not (clause_destinations.is_of_the_eu and destination_countries.is_eu27)
),

final as (
    select
        ranked.* exclude (ranked.is_list_of_firms),
        case
            when named_firms.measure_id is not null then 'firms'
            when ranked.destination <> ranked.country_code then null
            when ranked.is_list_of_firms then 'firms'
            else 'country'
        end as named,
    from ranked
    left join named_firms
        on
            ranked.measure_id = named_firms.measure_id
            and ranked.country_code = named_firms.country_iso3
    where ranked.known_to is null or ranked.known_from < ranked.known_to
)

select * from final
order by measure_id, clause_id, country_code, known_from

-- depends_on: {{ ref('int_law__input_faults') }}
with

claims as (
    select * from {{ ref('stg_law__measure_states_claimed') }}
),

measures as (
    select * from {{ ref('stg_law__measures') }}
),

state_map as (
    select * from {{ ref('stg_law__measure_state_map') }}
),

-- An imprecise date is an interval: the claim surely holds from its last possible start to its
-- first possible end. Side A of a dispute is what the acts say by themselves, that is the base.
final as (
    select
        claims.status_id as claim_id,
        claims.measure_id,
        claims.status_raw as claimed_state,
        state_map.state as mapped_state,
        case
            when claims.claim_group is null or state_map.rival_side = 'A' then 'base'
            else claims.claim_group || '/' || state_map.rival_side
        end as claim_group,
        {{ last_day_of('claims.valid_from') }} as valid_from,
        {{ end_early('claims.valid_to', 'claims.valid_to_is_inclusive') }} as valid_to,
        {{ last_day_of('coalesce(claims.known_on, measures.last_source_on)') }} as known_on,
        claims.known_on is null as is_known_on_assumed,
        claims.is_disputed,
        claims.valid_to_basis,
        claims.confidence,
        claims.source_title,
        claims.source_url,
        claims.note,
    from claims
    inner join measures
        on claims.measure_id = measures.measure_id
    inner join state_map
        on claims.status_raw = state_map.status_raw
)

select * from final

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

partner_map as (
    select * from {{ ref('int_law__destinations') }}
),

-- An imprecise date is an interval. A state surely holds from the last possible start to
-- the first possible end; the outer limits are kept beside.
dated as (
    select
        claims.status_id as claim_id,
        claims.measure_id,
        claims.status_raw,
        state_map.state as mapped_state,
        case
            when claims.claim_group is null then 'base'
            else claims.claim_group || '/' || state_map.rival_side
        end as claim_group,
        claims.valid_to_basis,
        claims.confidence,
        claims.source_title,
        claims.source_url,
        claims.note,
        {{ date_precision('claims.valid_from') }} as valid_from_precision,
        {{ date_precision('claims.valid_to') }} as valid_to_precision,
        claims.is_disputed,
        {{ first_day('claims.valid_from') }} as valid_from_earliest,
        {{ last_day_of('claims.valid_from') }} as valid_from,
        -- Half-open: a stated last day is moved to the day after.
        {{ first_day('claims.valid_to') }}
        + case when claims.valid_to_is_inclusive then 1 else 0 end as claimed_valid_to,
        {{ last_day_of('claims.valid_to') }} + 1 as valid_to_latest,
        -- Knowable at the latest on the last day that the stated date allows.
        {{ last_day_of('coalesce(claims.known_on, measures.last_source_on)') }} as known_on,
        claims.known_on is null as is_known_on_assumed,
    from claims
    inner join measures
        on claims.measure_id = measures.measure_id
    inner join state_map
        on claims.status_raw = state_map.status_raw
),

-- An open claim ends where the next one of the same timeline begins.
closed as (
    select
        *,
        coalesce(
            claimed_valid_to,
            lead(valid_from) over (partition by measure_id, claim_group order by valid_from)
        ) as valid_to,
        coalesce(
            bool_or(mapped_state = 'in_force') over (
                partition by measure_id, claim_group
                order by valid_from
                rows between unbounded preceding and 1 preceding
            ),
            false
        ) as was_in_force_before,
    from dated
),

final as (
    select
        closed.measure_id,
        'whole' as clause_id,
        partner_map.destination,
        'all' as user_type,
        closed.claim_group,
        closed.claim_id,
        case
            when closed.claim_group = 'base'
                and closed.mapped_state = 'suspended'
                and not closed.was_in_force_before
                then 'suspended_before_effect'
            else closed.mapped_state
        end as state,
        closed.status_raw,
        closed.valid_to_basis,
        closed.valid_from_precision,
        closed.valid_to_precision,
        closed.confidence,
        closed.source_title,
        closed.source_url,
        closed.note,
        closed.known_on,
        closed.is_known_on_assumed,
        closed.is_disputed,
        closed.valid_from,
        closed.valid_to,
        closed.valid_from_earliest,
        coalesce(closed.valid_to_latest, closed.valid_to) as valid_to_latest,
    from closed
    inner join measures
        on closed.measure_id = measures.measure_id
    inner join partner_map
        on measures.target_partner = partner_map.target_partner
)

select * from final

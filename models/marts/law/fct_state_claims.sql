-- depends_on: {{ ref('int_law__input_faults') }}
with

measure_states as (select * from {{ ref('int_law__measure_states') }}),
claimed as (select * from {{ ref('stg_law__measure_states_claimed') }}),
measures as (select * from {{ ref('stg_law__measures') }}),
state_map as (select * from {{ ref('measure_state_map') }}),

-- An imprecise date is an interval: the claim surely holds from its last possible start to its
-- first possible end. Side A of a dispute is what the acts say by themselves, that is the base.
claims as (
    select
        claimed.status_id as claim_id,
        claimed.measure_id,
        claimed.status_raw as claimed_state,
        state_map.state as mapped_state,
        case
            when claimed.claim_group is null or state_map.rival_side = 'A' then 'base'
            else claimed.claim_group || '/' || state_map.rival_side
        end as claim_group,
        {{ last_day_of('claimed.valid_from') }} as valid_from,
        {{ end_early('claimed.valid_to', 'claimed.valid_to_is_inclusive') }} as valid_to,
        {{ last_day_of('coalesce(claimed.known_on, measures.last_source_on)') }} as known_on,
        claimed.known_on is null as is_known_on_assumed,
        claimed.is_disputed,
        claimed.valid_to_basis,
        claimed.confidence,
        claimed.source_title,
        claimed.source_url,
        claimed.note,
    from claimed
    inner join measures
        on claimed.measure_id = measures.measure_id
    inner join state_map
        on claimed.status_raw = state_map.status_raw
),

-- What the algebra derives for the days of the claim, with all that is known by now.
compared as (
    select
        claims.claim_id,
        string_agg(
            distinct measure_states.state, '; '
            order by measure_states.state
        ) as derived_states,
        bool_and(
            measure_states.state = claims.mapped_state
            -- The claims do not tell these apart from what they come from.
            or (
                claims.mapped_state = 'suspended'
                and measure_states.state = 'suspended_before_effect'
            )
            or (claims.mapped_state = 'in_force' and measure_states.state = 'lapsed_presumed')
        ) as agrees_throughout,
        bool_or(measure_states.state = claims.mapped_state) as agrees_in_part,
    from claims
    inner join measure_states
        on
            claims.measure_id = measure_states.measure_id
            and claims.claim_group = measure_states.claim_group
            and measure_states.known_to is null
            and (claims.valid_to is null or claims.valid_to > measure_states.valid_from)
            and (measure_states.valid_to is null or claims.valid_from < measure_states.valid_to)
    group by claims.claim_id
),

-- A claim about days to come may be overtaken by an act: what followed from the acts known that day
-- was right then.
foretold as (
    select
        claims.claim_id,
        bool_or(
            measure_states.state = claims.mapped_state
            or (
                claims.mapped_state = 'suspended'
                and measure_states.state = 'suspended_before_effect'
            )
            or (claims.mapped_state = 'in_force' and measure_states.state = 'lapsed_presumed')
        ) as agreed_then,
    from claims
    inner join measure_states
        on
            claims.measure_id = measure_states.measure_id
            and claims.claim_group = measure_states.claim_group
            and claims.known_on >= measure_states.known_from
            and claims.known_on < measure_states.known_to
            and (claims.valid_to is null or claims.valid_to > measure_states.valid_from)
            and (measure_states.valid_to is null or claims.valid_from < measure_states.valid_to)
    where claims.valid_from > claims.known_on
    group by claims.claim_id
),

final as (
    select
        claims.*,
        compared.derived_states,
        case
            when compared.agrees_throughout then 'agrees'
            when compared.agrees_in_part then 'agrees in part'
            when foretold.agreed_then then 'overtaken'
            else 'differs'
        end as agreement,
    from claims
    left join compared
        on claims.claim_id = compared.claim_id
    left join foretold
        on claims.claim_id = foretold.claim_id
)

select * from final
order by claim_id

with

facts as (
    select * from {{ ref('int_brief__facts') }}
),

deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

begins as (
    select min(known_from) as begins_on
    from facts
    where line_kind = 'new_act'
),

-- What becomes known of rows that stay at home is no news for a brief that is passed on.
ends as (
    select max(known_on) as ends_on
    from deliveries
    where not ({{ is_own_delivery('deliveries') }}) and not {{ is_held_back('source_id') }}
),

-- The first Monday ends the first week in which anything was known.
final as (
    select
        begins.begins_on,
        ends.ends_on,
        cast(date_trunc('week', begins.begins_on) + interval 7 day as date) as first_monday,
        cast(date_trunc('week', ends.ends_on) as date) as last_monday,
    from begins
    cross join ends
)

select * from final

with

checks as (select * from {{ ref('stg_law__checks') }}),
measures as (select * from {{ ref('stg_law__measures') }}),
claims as (select * from {{ ref('stg_law__measure_states_claimed') }}),

-- Of a month or a year only its first day is sure.
lists as (
    select
        jurisdiction_iso2,
        {{ first_day('checked_to') }} as read_to,
        {{ first_day('recorded_on') }} as known_from,
    from checks
),

-- The newest day that the measures and claims of a jurisdiction cite.
cited as (
    select
        measures.jurisdiction_iso2,
        max(
            greatest(
                coalesce({{ first_day('measures.announced_on') }}, date '0001-01-01'),
                coalesce({{ first_day('measures.last_source_on') }}, date '0001-01-01'),
                coalesce({{ first_day('claims.known_on') }}, date '0001-01-01')
            )
        ) as read_to,
    from measures
    left join claims
        on measures.measure_id = claims.measure_id
    group by measures.jurisdiction_iso2
),

readings as (
    select
        *,
        'list' as what_was_read,
    from lists
    union all
    select
        jurisdiction_iso2,
        read_to,
        greatest(read_to, cast('{{ var("bundled_known_on") }}' as date)) as known_from,
        'source' as what_was_read,
    from cited
    where read_to > date '0001-01-01'
),

limits as (
    select
        jurisdiction_iso2,
        arg_max(max_age_days, recorded_on || checked_to || check_id) as max_age_days,
    from checks
    where max_age_days is not null
    group by jurisdiction_iso2
),

first_lists as (
    select
        jurisdiction_iso2,
        min(known_from) as known_from,
    from lists
    group by jurisdiction_iso2
),

final as (
    select
        readings.jurisdiction_iso2,
        readings.what_was_read,
        readings.read_to,
        min(readings.known_from) as known_from,
        coalesce(
            any_value(limits.max_age_days), {{ var('law_max_age_days') }}
        ) as max_age_days,
        -- A later source says nothing of the acts between: where the list is read, it decides.
        readings.what_was_read = 'list'
        or coalesce(min(readings.known_from) < any_value(first_lists.known_from), true)
            as sets_the_age,
    from readings
    left join limits
        on readings.jurisdiction_iso2 = limits.jurisdiction_iso2
    left join first_lists
        on readings.jurisdiction_iso2 = first_lists.jurisdiction_iso2
    group by readings.jurisdiction_iso2, readings.what_was_read, readings.read_to
)

select * from final

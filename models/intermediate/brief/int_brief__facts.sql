with

unioned as (
    select * from {{ ref('int_brief__new_acts') }}
    union all by name
    select * from {{ ref('int_brief__state_changes') }}
    union all by name
    select * from {{ ref('int_brief__claims') }}
    union all by name
    select * from {{ ref('int_brief__stale_sources') }}
    union all by name
    select * from {{ ref('int_brief__flow_surprises') }}
    union all by name
    select * from {{ ref('int_brief__commitment_verdicts') }}
    union all by name
    select * from {{ ref('int_brief__licence_time_shifts') }}
),

-- A fact whose wording changed is known from the first day of the unbroken stretch.
marked as (
    select
        *,
        case
            when known_from <= max(coalesce(known_to, date '9999-12-31')) over (
                partition by fact_id
                order by known_from, clause_id
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_first,
    from unioned
),

stretched as (
    select
        *,
        sum(is_first) over (partition by fact_id order by known_from, clause_id) as stretch,
    from marked
),

final as (
    select
        * exclude (is_first, is_standing),
        coalesce(is_standing, false) as is_standing,
        min(known_from) over (partition by fact_id, stretch) as first_known_from,
    from stretched
)

select * from final

with

survival as (select * from {{ ref('int_licensing__survival') }}),

latest as (
    select *
    from survival
    where clock = 'calendar_days' and stratum_kind in ('all', 'material')
    qualify as_of_date = max(as_of_date) over (partition by data_origin)
),

final as (
    select
        data_origin,
        as_of_date,
        stratum_kind,
        stratum,
        cast(coalesce(sum(decided), 0) as integer) as decided_cases,
        coalesce(sum(decided), 0) >= {{ var('least_decided_cases') }} as is_enough,
    from latest
    group by data_origin, as_of_date, stratum_kind, stratum
)

select * from final

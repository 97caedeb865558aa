with

freshness as (select * from {{ ref('meta_freshness') }}),
sources as (select * from {{ ref('meta_sources') }}),

-- "Today" is a parameter: `set variable as_of = date '2026-11-25'`; without it, the day of
-- the query.
moment as (
    select coalesce(cast(getvariable('as_of') as date), current_date) as as_of
),

final as (
    select
        freshness.source_id,
        sources.producer,
        sources.title,
        freshness.cadence,
        freshness.latest_period,
        case
            when freshness.row_count is null then 'not delivered'
            when freshness.stale_after is null then 'no due date'
            when moment.as_of > freshness.stale_after then 'overdue'
            else 'up to date'
        end as status,
        freshness.row_count,
        freshness.quarantined_count,
        moment.as_of > freshness.stale_after as is_stale,
        freshness.known_on,
        freshness.stale_after,
        moment.as_of,
    from freshness
    inner join sources
        on freshness.source_id = sources.source_id
    cross join moment
)

select * from final

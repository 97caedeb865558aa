with

statistics as (
    select * from {{ ref('stg_licensing__claimed_statistics') }}
),

indicator_map as (
    select * from {{ ref('stg_licensing__indicator_map') }}
),

-- A claim is what one body said of one population on one date. Counts of applications
-- belong together; every other figure is a claim of its own.
parts as (
    select
        statistics.*,
        coalesce(indicator_map.role, 'other') as role,
        indicator_map.outcome,
        coalesce(
            indicator_map.qualifier,
            case when statistics.unit like '%about%' then 'about' end
        ) as qualifier,
        -- The first number of the stated denominator: "180 applications", "about 2,000".
        try_cast(
            nullif(regexp_extract(replace(statistics.denominator, ',', ''), '[0-9]+'), '')
            as decimal(18, 0)
        ) as stated_denominator,
        coalesce(
            indicator_map.role in ('filed', 'approved', 'pending', 'rejected')
            and statistics.unit like 'count%',
            false
        ) as is_application_count,
    from statistics
    left join indicator_map
        on statistics.indicator = indicator_map.indicator
)

select * from parts

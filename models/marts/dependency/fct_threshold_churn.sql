with

positions as (
    select * from {{ ref('int_change__threshold_positions') }}
),

counted as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        period,
        base_period,
        threshold_id,
        metric,
        lag_years,
        any_value(threshold_value) as threshold_value,
        count(*) filter (where is_comparable) as product_count,
        count(*) filter (where crossing in ('down', 'stays_above')) as above_before_count,
        count(*) filter (where crossing in ('up', 'stays_above')) as above_after_count,
        count(*) filter (where crossing = 'up') as crossed_up_count,
        count(*) filter (where crossing = 'down') as crossed_down_count,
        count(*) filter (where not is_comparable) as not_comparable_count,
    from positions
    group by
        reporter_code, supplier_scope, source_id, period, base_period, threshold_id, metric,
        lag_years
),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        period,
        base_period,
        threshold_id,
        metric,
        cast(lag_years as integer) as lag_years,
        threshold_value,
        cast(product_count as integer) as product_count,
        cast(above_before_count as integer) as above_before_count,
        cast(above_after_count as integer) as above_after_count,
        cast(crossed_up_count as integer) as crossed_up_count,
        cast(crossed_down_count as integer) as crossed_down_count,
        cast(not_comparable_count as integer) as not_comparable_count,
        {{ significant('1.0 * crossed_down_count / nullif(above_before_count, 0)') }}
            as left_share,
    from counted
)

select * from final
order by reporter_code, supplier_scope, source_id, period, base_period, threshold_id

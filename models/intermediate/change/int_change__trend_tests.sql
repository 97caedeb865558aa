with

metric_values as (
    select * from {{ ref('int_change__metric_values') }}
),

pairs_of_periods as (
    select
        earlier.series_number,
        (later.metric_value - earlier.metric_value)
        / (cast(later.period as integer) - cast(earlier.period as integer)) as slope,
        sign(later.metric_value - earlier.metric_value) as direction,
    from metric_values as earlier
    inner join metric_values as later
        on
            earlier.series_number = later.series_number
            and earlier.period < later.period
),

slopes as (
    select
        series_number,
        median(slope) as theil_sen_slope,
        sum(cast(direction as integer)) as mann_kendall_sum,
    from pairs_of_periods
    group by series_number
),

tied_groups as (
    select
        series_number,
        count(*) as tied_count,
    from metric_values
    group by series_number, metric_value
),

ties as (
    select
        series_number,
        sum(tied_count) as period_count,
        sum(tied_count * (tied_count - 1) * (2 * tied_count + 5)) as tie_term,
    from tied_groups
    group by series_number
),

tested as (
    select
        ties.series_number,
        slopes.theil_sen_slope,
        slopes.mann_kendall_sum,
        {{ mann_kendall_variance('ties.period_count', 'ties.tie_term') }} as mann_kendall_variance,
    from ties
    left join slopes
        on ties.series_number = slopes.series_number
),

scored as (
    select
        *,
        coalesce({{ mann_kendall_score('mann_kendall_sum', 'mann_kendall_variance') }}, 0)
            as mann_kendall_score,
    from tested
),

final as (
    select
        *,
        {{ two_sided_normal_p('mann_kendall_score') }} as mann_kendall_p,
    from scored
)

select * from final

with

series as (select * from {{ ref('int_continuity__series') }}),
act_series as (select * from {{ ref('int_continuity__act_series') }}),
deviations as (select * from {{ ref('int_continuity__deviations') }}),
known_outliers as (select * from {{ ref('known_outliers') }}),

-- A source that states no value is read by mass.
bases as (
    select
        series_number,
        case when bool_or(value_eur is not null) then 'value' else 'mass' end as reading_basis,
        cast(count(*) filter (where not is_known) as integer) as missing_months_of_series,
    from series
    group by series_number
),

joined as (
    select
        series.*,
        act_series.measure_id,
        act_series.coverage,
        act_series.announced_on,
        act_series.effective_on,
        known_outliers.reason as known_outlier,
        bases.reading_basis,
        bases.missing_months_of_series,
        coalesce(deviations.baseline_method, 'not_measurable') as baseline_method,
        deviations.month_count,
        deviations.traded_month_count,
        deviations.deviation,
        deviations.position_in_interval,
        deviations.deviation_log,
        deviations.lag_one_correlation,
        if(bases.reading_basis = 'value', series.value_eur, series.net_mass_kg) as amount,
    from act_series
    inner join series
        on
            act_series.series_number = series.series_number
            and act_series.announced_on <= series.period_end
    inner join bases
        on series.series_number = bases.series_number
    left join deviations
        on
            series.series_number = deviations.series_number
            and act_series.announced_on = deviations.baseline_end
            and series.period = deviations.period
            and bases.reading_basis = deviations.indicator
    -- The figure of another partner is in the total only.
    left join known_outliers
        on
            series.source_id = known_outliers.source_id
            and series.reporter_code = known_outliers.reporter_code
            and series.product_code = known_outliers.product_code
            and series.period = known_outliers.period
            and series.flow = 'import'
            and series.partner_code
            in ('WORLD', coalesce(known_outliers.partner_code, series.partner_code))
),

-- A month is held against its interval alone; that a flow goes on is said of all months since the
-- announcement that are known so far.
followed as (
    select
        *,
        count(deviation) over up_to as known_months_since,
        median(deviation) over up_to as lasting_deviation,
    from joined
    window up_to as (
        partition by measure_id, series_number order by period
        rows between unbounded preceding and current row
    )
),

powered as (
    select
        *,
        {{ least_fall(
            'deviation_log', 'lag_one_correlation', 'known_months_since', 'traded_month_count'
        ) }} as least_fall_noticed,
        -- The largest lasting fall that chance brings (one-sided 5 %) to a flow like this one.
        1 - power(
            1 - least_fall_noticed, {{ continuity('chance_z') }} / {{ continuity('power_z') }}
        ) as largest_chance_fall,
    from followed
),

final as (
    select
        * exclude (
            amount,
            position_in_interval,
            month_count,
            traded_month_count,
            deviation,
            deviation_log,
            lag_one_correlation,
            known_months_since,
            lasting_deviation,
            least_fall_noticed,
            largest_chance_fall
        ),
        case
            when not is_known then 'missing'
            when is_stopped then 'stopped'
            when baseline_method = 'not_measurable' then 'not_measurable'
            when amount = 0 then 'no_trade'
            when position_in_interval < -1 then 'below'
            when position_in_interval > 1 then 'above'
            when least_fall_noticed > {{ continuity('most_unnoticed') }} then 'not_measurable'
            else 'continuing'
        end as reading,
        case
            when not is_known
                then 'The source gave other months around this one, but not this flow.'
            when traded_month_count is null
                then 'No month of the source ended before the announcement.'
            when baseline_method = 'not_measurable'
                then
                    'Only ' || traded_month_count
                    || ' months with trade ended before the announcement.'
            when reading = 'not_measurable'
                then
                    'The flow swings too much: of ' || known_months_since
                    || if(known_months_since = 1, ' month', ' months')
                    || ' since the announcement only a lasting fall of '
                    || {{ plain_number('100 * least_fall_noticed') }}
                    || '% or more would have been noticed.'
        end as not_measurable_reason,
        cast(coalesce(month_count, 0) as integer) as baseline_months,
        cast(coalesce(traded_month_count, 0) as integer) as baseline_months_with_trade,
        {{ significant('deviation') }} as deviation,
        cast(known_months_since as integer) as known_months_since,
        {{ significant('lasting_deviation') }} as lasting_deviation,
        {{ significant('least_fall_noticed') }} as least_fall_noticed,
        coalesce(
            lasting_deviation < -greatest(
                largest_chance_fall, 1 - {{ continuity('continuing_share') }}
            ),
            false
        ) as is_lasting_fall,
        partner_code = 'WORLD' as is_total,
        baseline_method <> 'not_measurable'
        and coalesce(month_count < {{ continuity('seasonal_months') }}, false)
            as is_short_baseline,
    from powered
)

select * from final

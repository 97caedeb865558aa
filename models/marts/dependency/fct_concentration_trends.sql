with

metric_values as (
    select * from {{ ref('int_change__metric_values') }}
),

trend_tests as (
    select * from {{ ref('int_change__trend_tests') }}
),

thresholds as (
    select * from {{ ref('stg_reference__change_thresholds') }}
),

-- One value a year: where a source has a year in two nomenclatures of one HS edition, no trend
-- can mix them.
series as (
    select
        series_number,
        any_value(reporter_code) as reporter_code,
        any_value(supplier_scope) as supplier_scope,
        max_by(source_id, period) as source_id,
        min_by(source_id, period) as source_id_first,
        any_value(product_code) as product_code,
        any_value(metric) as metric,
        any_value(partner_code) as partner_code,
        min_by(nomenclature, period) as nomenclature_first,
        max_by(nomenclature, period) as nomenclature_last,
        min(period) as first_period,
        max(period) as last_period,
        count(*) as period_count,
        count(distinct period) as distinct_period_count,
        min_by(metric_value, period) as first_value,
        max_by(metric_value, period) as last_value,
        bool_and(least_coverage is not null) as has_all_partners,
        bool_or(coverage is not null) as is_partial_partner_list,
    from metric_values
    group by series_number
),

min_periods as (
    select max(threshold_value) as least_period_count
    from thresholds
    where threshold_id = 'min_trend_periods'
),

joined as (
    select
        series.*,
        case
            when not series.has_all_partners then 'partner_list_incomplete'
            when series.period_count > series.distinct_period_count then 'mixed_nomenclatures'
            when series.period_count < min_periods.least_period_count then 'too_few_periods'
        end as block_kind,
        trend_tests.theil_sen_slope,
        trend_tests.mann_kendall_sum,
        trend_tests.mann_kendall_variance,
        trend_tests.mann_kendall_score,
        trend_tests.mann_kendall_p,
    from series
    cross join min_periods
    inner join trend_tests
        on series.series_number = trend_tests.series_number
),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature_last as nomenclature,
        product_code,
        metric,
        partner_code as partner_iso3,
        first_period,
        last_period,
        source_id_first,
        nomenclature_first,
        block_kind,
        case block_kind
            when 'partner_list_incomplete'
                then 'The source names only the largest suppliers'
            when 'mixed_nomenclatures'
                then 'A period is given in two nomenclatures'
            when 'too_few_periods'
                then 'Fewer comparable periods than the test of a trend needs'
        end as block_reason,
        cast(period_count as integer) as period_count,
        first_value,
        last_value,
        case when block_kind is null then {{ significant('theil_sen_slope') }} end
            as theil_sen_slope_per_year,
        case when block_kind is null then cast(mann_kendall_sum as integer) end
            as mann_kendall_sum,
        case when block_kind is null then {{ significant('mann_kendall_variance') }} end
            as mann_kendall_variance,
        case when block_kind is null then {{ significant('mann_kendall_score') }} end
            as mann_kendall_score,
        case when block_kind is null then {{ significant('mann_kendall_p') }} end
            as mann_kendall_p,
        is_partial_partner_list,
    from joined
)

select * from final
order by
    reporter_code, product_code, source_id, supplier_scope, metric, partner_iso3, first_period

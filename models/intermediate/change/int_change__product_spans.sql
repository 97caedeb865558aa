with

product_years as (
    select * from {{ ref('int_change__product_years') }}
),

source_periods as (
    select distinct
        series_id,
        period,
    from product_years
),

spans as (
    select
        series_id,
        product_code,
        left(min_by(nomenclature, period), 2) as nomenclature_family,
        min_by(nomenclature, period) as first_nomenclature,
        max_by(nomenclature, period) as last_nomenclature,
        min_by(source_id, period) as first_source_id,
        max_by(source_id, period) as last_source_id,
        min(period) as first_period,
        max(period) as last_period,
    from product_years
    group by series_id, product_code
),

final as (
    select
        spans.series_id,
        spans.product_code,
        spans.nomenclature_family,
        spans.first_nomenclature,
        spans.last_nomenclature,
        spans.first_source_id,
        spans.last_source_id,
        spans.first_period,
        spans.last_period,
        min(source_periods.period) as source_first_period,
        max(source_periods.period) as source_last_period,
        min(source_periods.period) filter (where source_periods.period > spans.last_period)
            as period_after,
    from spans
    inner join source_periods
        on spans.series_id = source_periods.series_id
    group by all
)

select * from final

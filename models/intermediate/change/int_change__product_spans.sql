with

product_years as (
    select * from {{ ref('int_change__product_years') }}
),

source_periods as (
    select distinct
        source_id,
        period,
    from product_years
),

spans as (
    select
        source_id,
        product_code,
        left(min_by(nomenclature, period), 2) as nomenclature_family,
        min_by(nomenclature, period) as first_nomenclature,
        max_by(nomenclature, period) as last_nomenclature,
        min(period) as first_period,
        max(period) as last_period,
    from product_years
    group by source_id, product_code
),

final as (
    select
        spans.source_id,
        spans.product_code,
        spans.nomenclature_family,
        spans.first_nomenclature,
        spans.last_nomenclature,
        spans.first_period,
        spans.last_period,
        min(source_periods.period) as source_first_period,
        max(source_periods.period) as source_last_period,
        min(source_periods.period) filter (where source_periods.period > spans.last_period)
            as period_after,
    from spans
    inner join source_periods
        on spans.source_id = source_periods.source_id
    group by all
)

select * from final

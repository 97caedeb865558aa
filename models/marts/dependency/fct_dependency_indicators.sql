with

indicators as (
    select * from {{ ref('int_dependency__indicators') }}
),

final as (
    select
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        indicator_id,
        {{ significant('value') }} as value,
        {{ significant('value_low') }} as value_low,
        {{ significant('value_high') }} as value_high,
        coalesce(isinf(value), false) as is_infinite,
    from indicators
)

select * from final
order by reporter_code, product_code, source_id, nomenclature, period, indicator_id

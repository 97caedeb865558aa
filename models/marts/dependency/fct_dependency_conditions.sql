with

conditions as (
    select * from {{ ref('int_dependency__conditions') }}
),

final as (
    select
        product_period_number,
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        definition_id,
        indicator_id,
        comparison,
        cast(condition_number as integer) as condition_number,
        {{ significant('value') }} as value,
        {{ significant('value_low') }} as value_low,
        {{ significant('value_high') }} as value_high,
        threshold,
        is_met,
    from conditions
    where reporter_code = 'EU27'
)

-- Numbered by product, source, nomenclature and period.
select * exclude (product_period_number) from final
order by reporter_code, product_period_number, definition_id, condition_number

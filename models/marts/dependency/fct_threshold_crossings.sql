with

positions as (
    select * from {{ ref('int_change__threshold_positions') }}
),

-- What crossed, and what cannot be said because of a break. What stayed on its side is counted
-- in fct_threshold_churn.
final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        base_period,
        threshold_id,
        metric,
        coalesce(crossing, 'not_comparable') as crossing,
        case
            when metric = 'top_supplier_value_share' then top_supplier_before_iso3
            else partner_code
        end as supplier_before_iso3,
        case
            when metric = 'top_supplier_value_share' then top_supplier_after_iso3
            else partner_code
        end as supplier_after_iso3,
        block_kind,
        block_reason,
        cast(lag_years as integer) as lag_years,
        threshold_value,
        {{ significant('value_before') }} as value_before,
        {{ significant('value_after') }} as value_after,
        is_partial_partner_list,
    from positions
    where
        crossing in ('up', 'down')
        or block_kind not in ('no_figures_before', 'no_figures_after')
)

select * from final
order by
    reporter_code, product_code, source_id, nomenclature, period, base_period, supplier_scope,
    threshold_id

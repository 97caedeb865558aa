with

breaks as (
    select * from {{ ref('int_change__breaks') }}
),

final as (
    select
        source_id,
        product_code,
        break_period,
        break_kind,
        partner_code as partner_iso3,
        nomenclature_before,
        nomenclature_from,
        reason,
        basis,
        source_title,
        source_url,
        is_blocking,
    from breaks
)

select * from final
order by source_id, product_code, break_period, break_kind

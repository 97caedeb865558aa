with

breaks as (select * from {{ ref('int_change__breaks') }}),

final as (
    select
        breaks.* exclude (series_id, partner_code),
        partner_code as partner_iso3,
    from breaks
)

select * from final
order by source_id, product_code, break_period, break_kind

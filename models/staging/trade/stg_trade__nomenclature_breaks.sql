with

breaks as (
    select * from {{ ref('nomenclature_breaks') }}
),

renamed as (
    select
        source_id,
        product_code,
        partner_code,
        break_period,
        break_kind,
        reason,
        basis,
        source_title,
        source_url,
        {{ yes_or_no('is_blocking') }} as is_blocking,
    from breaks
)

select * from renamed

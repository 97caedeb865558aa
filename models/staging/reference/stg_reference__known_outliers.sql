with

known_outliers as (
    select * from {{ ref('known_outliers') }}
),

renamed as (
    select
        source_id,
        reporter_code,
        product_code,
        period,
        partner_code,
        measure,
        reason,
        source,
    from known_outliers
)

select * from renamed

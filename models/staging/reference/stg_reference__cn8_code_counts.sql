with

cn8_code_counts as (
    select * from {{ ref('cn8_code_counts') }}
),

renamed as (
    select
        nomenclature,
        hs6_code,
        cn8_code_count,
    from cn8_code_counts
)

select * from renamed

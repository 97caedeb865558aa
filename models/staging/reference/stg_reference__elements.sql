with

elements as (
    select * from {{ ref('elements') }}
),

renamed as (
    select
        symbol,
        element_name,
        is_rare_earth = 'Y' as is_rare_earth,
    from elements
)

select * from renamed

with

press_items as (
    select * from {{ ref('press_items') }}
),

renamed as (
    select
        item,
        macro_facts_product,
        product_code,
        national_code,
        code_match,
        note,
    from press_items
)

select * from renamed

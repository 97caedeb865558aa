with

macro_facts as (select * from {{ ref('macro_facts') }}),

renamed as (
    select
        macro_facts.* exclude (product_code, value, derived),
        product_code as product_codes_text,
        value as value_number,
        derived = 'Y' as is_derived,
    from macro_facts
)

select * from renamed

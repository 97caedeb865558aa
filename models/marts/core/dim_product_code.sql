with

known_codes as (select * from {{ ref('int_law__known_codes') }}),

final as (
    select
        nomenclature,
        product_code,
        hs_nomenclature,
        is_newest,
    from known_codes
)

select * from final
order by nomenclature, product_code

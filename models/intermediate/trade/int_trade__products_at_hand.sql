with

listed as (
    {%- for relation, code in [
        ('products', 'left(product_code, 6)'),
        ('stg_law__measure_scope', 'hs6_code'),
        ('cn8_crosswalk', 'left(cn8_2025, 6)'),
        ('stg_reference__material_codes', 'hs6_code'),
    ] %}
    select {{ code }} as hs6_code
    from {{ ref(relation) }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

final as (
    select hs6_code
    from listed
    where hs6_code is not null
)

select * from final

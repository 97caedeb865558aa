with

mineral_trade_codes as (select * from {{ ref('mineral_trade_codes') }}),

renamed as (
    select
        mineral_trade_codes.* exclude (hs6, is_comparable),
        hs6 as hs6_code,
        {{ yes_or_no('is_comparable') }} as is_comparable,
    from mineral_trade_codes
)

select * from renamed

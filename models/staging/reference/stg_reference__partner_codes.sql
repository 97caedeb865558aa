with

partner_codes as (
    select * from {{ ref('partner_codes') }}
),

renamed as (
    select
        source_id,
        partner_code,
        iso3,
        name as partner_name,
        partner_kind,
        note,
    from partner_codes
)

select * from renamed

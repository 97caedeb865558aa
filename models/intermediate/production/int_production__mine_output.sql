with

mine_output as (select * from {{ ref('stg_production__mine_output') }}),
partner_codes as (select * from {{ ref('partner_codes') }}),

final as (
    select
        mine_output.* exclude (mine_output.vintage, mine_output.producer_code),
        coalesce(partner_codes.iso3, mine_output.producer_code) as producer_iso3,
        -- Carats and cubic metres of gas have no mass in tonnes here.
        case mine_output.unit
            when 'tonne' then cast(mine_output.quantity as decimal(24, 6))
            when 'kilogram' then cast(mine_output.quantity / 1000 as decimal(24, 6))
        end as quantity_tonnes,
    from mine_output
    left join partner_codes
        on
            mine_output.producer_code = partner_codes.partner_code
            and partner_codes.source_id in ('*', 'wmd_production')
)

select * from final

with

mine_output as (select * from {{ source('landing', 'wmd_production') }}),

renamed as (
    select
        mine_output.* exclude (iso3, unit),
        iso3 as producer_code,
        case unit
            when 'metr. t' then 'tonne'
            when 'kg' then 'kilogram'
            when 'ct' then 'carat'
            when 'Mio m3' then 'million cubic metres'
        end as unit,
    from mine_output
)

select * from renamed

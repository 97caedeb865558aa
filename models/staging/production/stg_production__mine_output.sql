with

mine_output as (
    select * from {{ source('landing', 'wmd_production') }}
),

renamed as (
    select
        mineral,
        iso3 as producer_code,
        case unit
            when 'metr. t' then 'tonne'
            when 'kg' then 'kilogram'
            when 'ct' then 'carat'
            when 'Mio m3' then 'million cubic metres'
        end as unit,
        quality_flag,
        vintage,
        year,
        quantity,
        line_number,
    from mine_output
)

select * from renamed

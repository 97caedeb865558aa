with

icio_sectors as (
    select * from {{ ref('icio_sectors') }}
),

renamed as (
    select
        sector_code,
        sector_name,
    from icio_sectors
)

select * from renamed

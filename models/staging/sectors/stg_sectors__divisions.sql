with

icio_sector_divisions as (
    select * from {{ ref('icio_sector_divisions') }}
),

renamed as (
    select
        nace_division,
        sector_code,
        coverage,
    from icio_sector_divisions
)

select * from renamed

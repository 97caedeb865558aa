with

input_reliance as (select * from {{ source('landing', 'icio_input_reliance') }}),

renamed as (
    select
        eu27_sector as sector_code,
        source as source_country_code,
        * exclude (eu27_sector, source, of_which_from_c26_per_output),
        of_which_from_c26_per_output,
    from input_reliance
)

select * from renamed

with

input_reliance as (select * from {{ source('landing', 'icio_input_reliance') }}),

renamed as (
    select
        eu27_sector as sector_code,
        source as source_country_code,
        vintage,
        direct_inputs_per_output,
        share_of_direct_inputs,
        total_requirement_per_output,
        share_of_total_requirement,
        of_which_from_c26_per_output,
        line_number,
    from input_reliance
)

select * from renamed

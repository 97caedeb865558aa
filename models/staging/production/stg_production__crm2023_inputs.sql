with

crm2023_assessment_inputs as (select * from {{ ref('crm2023_assessment_inputs') }}),

renamed as (
    select
        crm2023_assessment_inputs.* exclude (is_eu_sourcing_wrong, is_fitted_to_print),
        {{ yes_or_no('is_eu_sourcing_wrong') }} as is_eu_sourcing_wrong,
        {{ yes_or_no('is_fitted_to_print') }} as is_fitted_to_print,
    from crm2023_assessment_inputs
)

select * from renamed

with

applications as (
    select * from {{ source('landing', 'licence_applications') }}
),

renamed as (
    select
        application_id,
        authority,
        measure_id,
        clause_id,
        material,
        product_code,
        applicant_size_class,
        route,
        end_use,
        destination_iso3 as destination_code,
        returned_intervals,
        outcome,
        data_origin,
        vintage,
        quantity_kg,
        value_usd,
        line_number,
        filed_date,
        accepted_date,
        observed_from_date,
        decided_date,
        as_of_date,
    from applications
)

select * from renamed

with

shipment_cases as (
    select * from {{ source('landing', 'shipment_cases') }}
),

renamed as (
    select
        case_id,
        authority,
        application_id,
        shipment_reference,
        measure_id,
        clause_id,
        material,
        product_code,
        supplier,
        graph_id,
        site_id,
        part_id,
        last_word,
        channel,
        outcome,
        note,
        data_origin,
        vintage,
        standstill_eur_per_day_low,
        standstill_eur_per_day_high,
        line_number,
        filed_date,
        held_since_date,
        last_word_date,
        closed_date,
        as_of_date,
    from shipment_cases
)

select * from renamed

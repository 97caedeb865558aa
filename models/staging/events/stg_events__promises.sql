with

promises as (select * from {{ ref('promises') }}),

renamed as (
    select
        promise_id as commitment_id,
        promised_by,
        promised_to,
        addressee_code,
        summary,
        expected_direction,
        fact_table,
        fact_id,
        source_title,
        source_url,
        confidence,
        restated_by,
        note,
        cast(made_on as date) as made_on,
        cast(known_on as date) as known_on,
    from promises
)

select * from renamed

with

coverage_labels as (
    select * from {{ ref('coverage_labels') }}
),

renamed as (
    select
        label_id,
        kind,
        code as asked_code,
        destination as asked_place,
        end_use as asked_use,
        contains as asked_contains,
        without as asked_without,
        answer,
        cast(as_of as date) as asked_on,
        cast(coalesce(known_on, as_of) as date) as asked_known,
    from coverage_labels
)

select * from renamed

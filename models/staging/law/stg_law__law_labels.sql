with

law_labels as (
    select * from {{ ref('law_labels') }}
),

renamed as (
    select
        label_id,
        kind,
        measure_id,
        clause_id,
        destination,
        user_type,
        claim_group,
        state,
        {{ yes_or_no('is_disputed') }} as is_disputed,
        cast(valid_on as date) as valid_on,
        cast(known_on as date) as known_on,
    from law_labels
)

select * from renamed

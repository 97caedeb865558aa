with

law_rules as (
    select * from {{ ref('law_rules') }}
),

renamed as (
    select
        rule,
        pattern,
        string_split(words, ', ') as words,
        reason,
        remedy,
    from law_rules
)

select * from renamed

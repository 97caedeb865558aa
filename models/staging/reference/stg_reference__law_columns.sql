with

law_columns as (
    select * from {{ ref('law_columns') }}
),

renamed as (
    select
        table_name,
        column_name,
        rule,
        string_split(words_for, ' ') as word_rules,
        is_required = 'Y' as is_required,
    from law_columns
)

select * from renamed

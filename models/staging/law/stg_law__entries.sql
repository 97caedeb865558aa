with

law_entries as (
    select * from {{ ref('law_entries') }}
),

-- The first two have other names in the file: int_law__input_faults has columns of these names.
renamed as (
    select
        table_name as entered_table,
        row_id as entered_row_id,
        act_id,
        entered_by,
        entered_on,
        confirmed_by,
        confirmed_on,
    from law_entries
)

select * from renamed

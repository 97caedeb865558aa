{{ config(alias='quarantined_rows') }}

with

quarantined_rows as (
    select * from {{ ref('stg_landing__quarantined_rows') }}
),

-- A register is private: the published file says what is wrong with its rows, not what they hold.
final as (
    select
        source_id,
        vintage,
        file_name,
        column_name,
        case when source_id = 'licence_applications' then '(private)' else value end as value,
        reason,
        remedy,
        case when source_id = 'licence_applications' then '(private)' else row_text end
            as row_text,
        line_number,
    from quarantined_rows
)

select * from final
order by source_id, vintage, line_number, column_name

{{ config(alias='quarantined_rows') }}

with

quarantined_rows as (
    select * from {{ ref('stg_landing__quarantined_rows') }}
)

select * from quarantined_rows
order by source_id, vintage, line_number, column_name

with

quarantined_rows as (select * from {{ source('landing', 'quarantined_rows') }})

select * from quarantined_rows

with

deliveries as (select * from {{ source('landing', 'deliveries') }})

select * from deliveries

with

shipment_cases as (select * from {{ source('landing', 'shipment_cases') }})

select * from shipment_cases

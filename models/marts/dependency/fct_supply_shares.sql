with

supply_shares as (select * from {{ ref('int_production__supply_shares') }})

select * from supply_shares
order by assessment_id, supply_side, material, stage, country_iso3

with

claims as (select * from {{ ref('int_licensing__claims') }})

select * from claims
order by claim_id

with

measures as (
    select * from {{ ref('stg_law__measures') }}
),

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

targets as (
    select distinct target_partner
    from measures
),

-- The facts write alpha-2 codes, EU, ALL or "ALL non-EU".
destinations as (
    select
        targets.target_partner,
        case targets.target_partner
            when 'ALL' then 'ALL'
            when 'ALL non-EU' then 'ALL_NON_EU'
            when 'EU' then 'EU27'
            else countries.iso3
        end as destination,
    from targets
    left join countries
        on targets.target_partner = countries.iso2
)

select * from destinations

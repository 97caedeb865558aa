-- depends_on: {{ ref('int_law__input_faults') }}
with

measures as (select * from {{ ref('stg_law__measures') }}),
clauses as (select * from {{ ref('stg_law__measure_clauses') }}),
relations as (select * from {{ ref('stg_law__measure_relations') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),

targets as (
    select target_partner from measures
    union
    select target_partner from clauses
    union
    select target_partner from relations
    union
    select 'ALL' as target_partner
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
    where targets.target_partner is not null
)

select * from destinations

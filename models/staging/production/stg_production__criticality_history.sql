with

crm_criticality_history as (select * from {{ ref('crm_criticality_history') }}),

renamed as (
    select
        regexp_replace(trim(material), '\s+', ' ', 'g') as material,
        assessment_year,
        cast(nullif(supply_risk, '-') as decimal(6, 3)) as supply_risk,
        cast(nullif(economic_importance, '-') as decimal(6, 3)) as economic_importance,
    from crm_criticality_history
)

select * from renamed

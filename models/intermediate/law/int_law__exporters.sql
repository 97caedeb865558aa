with

acts as (select * from {{ ref('int_law__acts') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- Whose exports the measure restricts: its country's, or each member's for acts of the EU.
final as (
    select
        acts.act_id as measure_id,
        countries.iso3 as country_iso3,
        acts.severity_weight,
    from acts
    inner join countries
        on acts.jurisdiction_iso2 = countries.iso2
    where acts.is_measure
    union all
    select
        acts.act_id as measure_id,
        members.member_iso3 as country_iso3,
        acts.severity_weight,
    from acts
    cross join members
    where acts.is_measure and acts.jurisdiction_iso2 = 'EU'
)

select * from final

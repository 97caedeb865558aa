with

changes as (select * from {{ ref('stg_scenarios__changes') }}),
law_changes as (select * from {{ ref('int_scenarios__law_changes') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),
cases as (select * from {{ ref('int_licensing__cases') }}),

timelines as (
    select
        scenario_id,
        change_number,
        count(*) as bears_on,
    from law_changes
    group by scenario_id, change_number
),

-- An own graph is not told of in a scenario of ours, and the other way round.
places as (
    select
        changes.scenario_id,
        changes.change_number,
        count(*) as bears_on,
    from changes
    inner join sites
        on
            (
                (changes.target_kind = 'site' and changes.target_id = sites.site_id)
                or (changes.target_kind = 'firm' and changes.target_id = sites.firm)
                or (changes.target_kind = 'country' and changes.target_id = sites.country_code)
            )
            and (changes.data_origin = 'own' or sites.data_origin <> 'own')
    group by changes.scenario_id, changes.change_number
),

strata as (
    select
        changes.scenario_id,
        changes.change_number,
        count(distinct cases.material) as bears_on,
    from changes
    inner join cases
        on
            (changes.target_kind = 'all' or changes.target_id = cases.material)
            and (changes.data_origin = 'own' or cases.data_origin <> 'own')
    where changes.change_kind = 'licence_pace'
    group by changes.scenario_id, changes.change_number
),

final as (
    select
        changes.* exclude (changes.line_number, changes.vintage),
        case changes.change_kind
            when 'law_state' then 'timelines of measures'
            when 'licence_pace' then 'materials of the register'
            else 'sites of supply graphs'
        end as bears_on_what,
        coalesce(timelines.bears_on, places.bears_on, strata.bears_on, 0) as bears_on,
    from changes
    left join timelines
        using (scenario_id, change_number)
    left join places
        using (scenario_id, change_number)
    left join strata
        using (scenario_id, change_number)
)

select * from final
order by scenario_id, change_number

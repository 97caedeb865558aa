with

countries as (select * from {{ ref('stg_reference__countries') }}),
memberships as (select * from {{ ref('eu_membership') }}),

scores as (
    select
        *,
        max(year) over () as last_year,
    from {{ ref('int_governance__scores') }}
    where governance_score is not null
),

-- Of one year, or ranks would compare years.
ranked as (
    select
        country_iso3,
        year as governance_year,
        governance_score,
        cast(rank() over (order by governance_score) as integer) as governance_rank,
        cast(count(*) over () as integer) as governance_ranked_countries,
    from scores
    where year = last_year
),

final as (
    select
        countries.iso3 as country_iso3,
        countries.iso2 as country_iso2,
        countries.m49_code,
        countries.country_name,
        countries.un_region,
        memberships.iso3 is not null and memberships.left_on is null as is_eu27_member,
        (memberships.iso3 is not null and memberships.left_on is null)
        or list_contains({{ sql_text_list(var('followed_importers')) }}, countries.iso3)
            as is_followed_importer,
        memberships.joined_on as eu_joined_date,
        memberships.left_on as eu_left_date,
        ranked.governance_year,
        {{ significant('ranked.governance_score') }} as governance_score,
        ranked.governance_rank,
        ranked.governance_ranked_countries,
    from countries
    left join ranked
        on countries.iso3 = ranked.country_iso3
    left join memberships
        on countries.iso3 = memberships.iso3
)

select * from final
order by country_iso3

with

sites as (
    select * from {{ ref('stg_exposure__sites') }}
),

final as (
    select
        data_origin,
        graph_id,
        site_id,
        site_name,
        firm,
        country_code,
        site_role,
        activity,
        evidence_source,
        note,
        as_of_date,
    from sites
)

select * from final
order by data_origin, graph_id, site_id

with

sites as (select * from {{ ref('stg_exposure__sites') }}),

final as (
    select sites.* exclude (line_number, vintage)
    from sites
)

select * from final
order by data_origin, graph_id, site_id

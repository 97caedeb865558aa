with

stock_cover as (select * from {{ ref('fct_stock_cover') }}),

-- What is known of a position depends on neither scenario nor arrivals.
positions as (
    select *
    from stock_cover
    where scenario_id = 'base' and arrivals_case = 'nothing_arrives'
),

final as (
    select
        data_origin,
        graph_id,
        site_id,
        coalesce(material, 'not_stated') as material,
        cast(count(*) as integer) as positions,
        {%- for status in ['known', 'no_use', 'unknown_stock', 'unknown_use', 'basis_differs'] %}
        cast(count(*) filter (where status = '{{ status }}') as integer) as {{ status }},
        {%- endfor %}
        count(*) filter (where status in ('unknown_stock', 'unknown_use', 'basis_differs'))
        / count(*) as share_unknown,
        cast(coalesce(sum(open_orders), 0) as integer) as open_orders,
        cast(coalesce(sum(orders_in_other_basis), 0) as integer) as orders_in_other_basis,
    from positions
    group by data_origin, graph_id, site_id, coalesce(material, 'not_stated')
)

select * from final
order by data_origin, graph_id, site_id, material

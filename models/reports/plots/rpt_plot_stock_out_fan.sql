with

stock_cover as (
    select * from {{ ref('fct_stock_cover') }}
),

fan as (
    select * from {{ ref('rpt_stock_cover_fan') }}
),

-- Six positions of each graph where licences make the most of a difference.
gaps as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        max(share_of_draws_out) filter (where arrivals_case = 'licences_at_quantiles')
        - max(share_of_draws_out) filter (where arrivals_case = 'orders_as_planned') as gap,
    from fan
    where scenario_id = 'base' and week <= 26
    group by data_origin, graph_id, site_id, part_id, quantity_basis
),

awaited as (
    select distinct
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        as_of_date,
    from stock_cover
    where scenario_id = 'base' and status = 'known' and licences_awaited > 0
),

shown as (
    select
        awaited.*,
        row_number() over (
            partition by awaited.data_origin, awaited.graph_id
            order by coalesce(gaps.gap, 0) desc, awaited.part_id, awaited.site_id
        ) as position_rank,
    from awaited
    left join gaps
        using (data_origin, graph_id, site_id, part_id, quantity_basis)
    qualify position_rank <= 6
),

final as (
    select
        fan.data_origin,
        fan.graph_id,
        fan.part_name || ', ' || fan.site_name as position_name,
        case fan.arrivals_case
            when 'nothing_arrives' then 'nothing arrives'
            when 'orders_as_planned' then 'orders as promised'
            when 'licences_at_quantiles' then 'licences as they have come'
            else 'licences at their slowest tenth'
        end as arrivals,
        fan.quantity_basis,
        cast(shown.position_rank as integer) as position_rank,
        cast(fan.week as integer) as week,
        fan.share_of_draws_out,
        fan.week_end_date,
        shown.as_of_date,
    from fan
    inner join shown
        using (data_origin, graph_id, site_id, part_id, quantity_basis)
    where fan.scenario_id = 'base'
)

select * from final
order by data_origin, graph_id, position_rank, arrivals, week

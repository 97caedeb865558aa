-- One row per supply graph, stock position (the four where licences make the most of a difference),
-- case of arrivals and week: share of the draws in which the stock has run out by then.
with

fan as (
    select *
    from reports.rpt_stock_cover_fan
    where scenario_id = 'base'
),

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
    where week <= 26
    group by all
),

awaited as (
    select distinct
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        as_of_date,
    from marts.fct_stock_cover
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
    qualify position_rank <= 4
)

select
    fan.*,
    fan.part_name || ', ' || fan.site_name as position_name,
    shown.position_rank,
    case fan.arrivals_case
        when 'nothing_arrives' then 'nothing arrives'
        when 'orders_as_planned' then 'orders as promised'
        when 'licences_at_quantiles' then 'licences as they have come'
        else 'licences at their slowest tenth'
    end as arrivals,
    shown.as_of_date,
from fan
inner join shown
    using (data_origin, graph_id, site_id, part_id, quantity_basis)
where shown.as_of_date <= cast(getvariable('as_of') as date)
order by fan.data_origin, fan.graph_id, shown.position_rank, arrivals, fan.week;

with

stock_cover as (select * from {{ ref('fct_stock_cover') }}),
stock_cover_fan as (select * from {{ ref('fct_stock_cover_fan') }}),

-- A scenario that bears on no order of a position has the rows of the base there.
final as (
    select
        stock_cover.scenario_id,
        stock_cover.data_origin,
        stock_cover.graph_id,
        stock_cover.site_id,
        stock_cover.site_name,
        stock_cover.part_id,
        stock_cover.part_name,
        stock_cover.material,
        stock_cover.quantity_basis,
        stock_cover.arrivals_case,
        stock_cover_fan.week,
        stock_cover_fan.share_of_draws_out,
        stock_cover_fan.week_end_date,
    from stock_cover
    inner join stock_cover_fan
        on
            stock_cover.graph_origin = stock_cover_fan.graph_origin
            and stock_cover.graph_id = stock_cover_fan.graph_id
            and stock_cover.site_id = stock_cover_fan.site_id
            and stock_cover.part_id = stock_cover_fan.part_id
            and stock_cover.quantity_basis = stock_cover_fan.quantity_basis
            and stock_cover.arrivals_case = stock_cover_fan.arrivals_case
            and case when stock_cover.is_as_base then 'base' else stock_cover.scenario_id end
            = stock_cover_fan.scenario_id
)

select * from final

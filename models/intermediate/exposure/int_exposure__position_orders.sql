with

stock_use as (select * from {{ ref('int_exposure__stock_use') }}),
open_orders as (select * from {{ ref('stg_exposure__open_orders') }}),
parts as (select * from {{ ref('stg_exposure__parts') }}),

-- Days count from the reading of the stock. What was read of an order holds until the stock was.
dated as (
    select
        open_orders.*,
        stock_use.position_number,
        coalesce(stock_use.as_of_date, open_orders.as_of_date) as first_date,
        greatest(open_orders.as_of_date, stock_use.as_of_date) as asked_date,
        md5('{{ var("cover_seed") }}|' || open_orders.graph_id || '|' || open_orders.order_id)
            as draw_hash,
    from open_orders
    inner join stock_use
        using (data_origin, graph_id, site_id, part_id, quantity_basis)
),

final as (
    select
        dated.data_origin,
        dated.graph_id,
        dated.order_id,
        dated.part_id,
        dated.supplier_site_id,
        lower(trim(dated.licence_material)) as licence_material,
        lower(trim(parts.material)) as part_material,
        dated.quantity,
        dated.position_number,
        cast(
            row_number() over (order by dated.data_origin, dated.graph_id, dated.order_id)
            as integer
        ) as order_number,
        case
            when dated.licence_status = 'pending'
                then cast(dated.asked_date - dated.licence_accepted_date as integer)
        end as waited_days,
        dated.transit_days,
        cast(dated.promised_date - dated.first_date as integer) as promised_day,
        cast(
            2 + cast('0x' || substr(dated.draw_hash, 1, 7) as bigint) % ({{ cover_draws() }} - 3)
            as integer
        ) as draw_multiplier,
        cast(
            cast('0x' || substr(dated.draw_hash, 9, 7) as bigint) % {{ cover_draws() }} as integer
        ) as draw_shift,
        dated.licence_status in ('pending', 'not_filed') as awaits_licence,
        coalesce(dated.promised_date > dated.asked_date, false) as has_date_to_come,
        dated.first_date,
        dated.asked_date,
    from dated
    left join parts
        using (data_origin, graph_id, part_id)
)

select * from final

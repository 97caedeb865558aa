with

stock_positions as (select * from {{ ref('stg_exposure__stock_positions') }}),
consumption as (select * from {{ ref('stg_exposure__consumption') }}),
open_orders as (select * from {{ ref('stg_exposure__open_orders') }}),

-- A month that had not ended when it was delivered is no month yet.
known_months as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        cast(quantity as double) / day({{ last_day_of('period') }}) as daily_use,
    from consumption
    where
        quantity is not null
        and {{ last_day_of('period') }}
        < coalesce(
            try_cast(strptime(left(vintage, 8), '%Y%m%d') as date), cast('9999-12-31' as date)
        )
    qualify row_number() over (
        partition by data_origin, graph_id, site_id, part_id, quantity_basis
        order by period desc
    ) <= 12
),

uses as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        list(daily_use order by daily_use) as daily_uses,
    from known_months
    group by all
),

latest_stock as (
    select stock_positions.* exclude (evidence_source, note)
    from stock_positions
    qualify row_number() over (
        partition by data_origin, graph_id, site_id, part_id, quantity_basis
        order by as_of_date desc
    ) = 1
),

bases_used as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        string_agg(distinct quantity_basis, ', ' order by quantity_basis) as used_in,
    from uses
    group by all
),

mentioned as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
    from consumption
    union
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
    from open_orders
),

-- What is used or ordered at a site without any word on its stock is a position, too.
positions as (
    select
        *,
        true as has_reading,
    from latest_stock
    union all by name
    select
        mentioned.*,
        false as has_reading,
    from mentioned
    anti join latest_stock
        using (data_origin, graph_id, site_id, part_id)
),

-- An order in another basis than every position of its part is added to none.
orders_by_part as (
    select
        open_orders.data_origin,
        open_orders.graph_id,
        open_orders.site_id,
        open_orders.part_id,
        count(*) as orders_in_other_basis,
    from open_orders
    anti join positions
        using (data_origin, graph_id, site_id, part_id, quantity_basis)
    group by all
),

judged as (
    select
        positions.*,
        bases_used.used_in,
        uses.daily_uses,
        coalesce(len(uses.daily_uses), 0) as use_months,
        coalesce(orders_by_part.orders_in_other_basis, 0) as orders_in_other_basis,
        case
            when positions.quantity is null then 'unknown_stock'
            when uses.daily_uses is null and bases_used.used_in is not null then 'basis_differs'
            when uses.daily_uses is null then 'unknown_use'
            when list_max(uses.daily_uses) = 0 then 'no_use'
            else 'known'
        end as status,
    from positions
    left join uses
        using (data_origin, graph_id, site_id, part_id, quantity_basis)
    left join bases_used
        using (data_origin, graph_id, site_id, part_id)
    left join orders_by_part
        using (data_origin, graph_id, site_id, part_id)
),

final as (
    select
        * exclude (has_reading, used_in),
        case
            when status = 'unknown_stock' and not has_reading then 'no reading of the stock'
            when status = 'unknown_stock'
                then 'the stock of ' || cast(as_of_date as varchar) || ' is not known'
            when status = 'basis_differs'
                then
                    'stock in ' || replace(quantity_basis, '_', ' ') || ', use in '
                    || replace(used_in, '_', ' ') || ': never mixed'
            when status = 'unknown_use' then 'no month of use is known'
            when status = 'no_use' then 'no use in the ' || use_months || ' months known'
        end as reason,
        cast(
            row_number() over (order by data_origin, graph_id, site_id, part_id, quantity_basis)
            as integer
        ) as position_number,
    from judged
)

select * from final

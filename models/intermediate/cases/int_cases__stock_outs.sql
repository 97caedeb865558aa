with recursive

open_cases as (select * from {{ ref('int_cases__open_cases') }}),
parts as (select * from {{ ref('stg_exposure__parts') }}),
bills as (select * from {{ ref('stg_exposure__bill_of_materials') }}),
stock_use as (select * from {{ ref('int_exposure__stock_use') }}),
cover_cases as (select * from {{ ref('int_exposure__cover_cases') }}),
cover as (select * from {{ ref('int_exposure__cover') }}),

-- From the earliest figure of all cases of arrivals to the latest: what else will come is not
-- known. Infinite where a stock does not run out, null where nothing is known.
positions as (
    select
        stock_use.data_origin,
        stock_use.graph_id,
        stock_use.site_id,
        stock_use.part_id,
        stock_use.status,
        stock_use.as_of_date,
        case
            when stock_use.status = 'no_use' then cast('inf' as double)
            when stock_use.status = 'known'
                then floor(min(coalesce(cover.days_of_cover_p10, cast('inf' as double))))
        end as earliest_days,
        case
            when stock_use.status = 'no_use' then cast('inf' as double)
            when stock_use.status = 'known'
                then floor(max(coalesce(cover.days_of_cover_p90, cast('inf' as double))))
        end as latest_days,
    from stock_use
    left join cover_cases
        on
            stock_use.position_number = cover_cases.position_number
            and cover_cases.scenario_id = 'base'
    left join cover
        on cover_cases.run_number = cover.run_number
    group by
        stock_use.data_origin, stock_use.graph_id, stock_use.site_id, stock_use.part_id,
        stock_use.quantity_basis, stock_use.status, stock_use.as_of_date
),

held_parts as (
    select distinct
        data_origin,
        graph_id,
        part_id,
    from positions
),

-- The part that a case names, else those of its material, or of its code where one of the two
-- states no material: codes of six digits are of several.
named_parts as (
    select
        open_cases.item_number,
        parts.data_origin,
        parts.graph_id,
        parts.part_id,
    from open_cases
    inner join parts
        on
            open_cases.data_origin = parts.data_origin
            and open_cases.graph_id = parts.graph_id
            and case
                when open_cases.part_id is not null then open_cases.part_id = parts.part_id
                when open_cases.material is not null and parts.material is not null
                    then open_cases.material = lower(trim(parts.material))
                else
                    starts_with(open_cases.product_code, parts.product_code)
                    or starts_with(parts.product_code, open_cases.product_code)
            end
),

-- Up the bill of materials, as far as the first part that is kept in stock.
reached as (
    select
        named_parts.*,
        held_parts.part_id is not null as is_held,
    from named_parts
    left join held_parts
        using (data_origin, graph_id, part_id)
    union
    select
        reached.item_number,
        reached.data_origin,
        reached.graph_id,
        bills.part_id,
        held_parts.part_id is not null as is_held,
    from reached
    inner join bills
        on
            reached.data_origin = bills.data_origin
            and reached.graph_id = bills.graph_id
            and reached.part_id = bills.component_id
    left join held_parts
        on
            bills.data_origin = held_parts.data_origin
            and bills.graph_id = held_parts.graph_id
            and bills.part_id = held_parts.part_id
    where not reached.is_held
),

reached_parts as (
    select distinct
        item_number,
        data_origin,
        graph_id,
        part_id,
    from reached
),

-- Days count from the reading of the case; what has run out before it is out on that day.
hanging as (
    select
        reached_parts.item_number,
        positions.part_id || ' at ' || positions.site_id as position_name,
        positions.earliest_days is not null as is_known,
        positions.earliest_days + (positions.as_of_date - open_cases.as_of_date) as days_low,
        positions.latest_days + (positions.as_of_date - open_cases.as_of_date) as days_high,
        case
            when positions.earliest_days < 36525
                then positions.as_of_date + cast(positions.earliest_days as integer)
        end as first_date,
        min(positions.earliest_days + (positions.as_of_date - open_cases.as_of_date))
            over (partition by reached_parts.item_number) as least_days_low,
    from reached_parts
    inner join open_cases
        on reached_parts.item_number = open_cases.item_number
    left join positions
        on
            reached_parts.data_origin = positions.data_origin
            and reached_parts.graph_id = positions.graph_id
            and reached_parts.part_id = positions.part_id
            and (open_cases.site_id is null or open_cases.site_id = positions.site_id)
),

-- The first of several; one that is unknown may be the first, and out already.
counted as (
    select
        item_number,
        count(position_name) as position_count,
        count(position_name) filter (where not is_known) as unknown_position_count,
        min(position_name) filter (where not is_known) as unknown_position,
        min(position_name) filter (where days_low = least_days_low) as first_position,
        min(days_low) as days_low,
        min(days_high) as days_high,
        min(first_date) as first_stock_out_date,
    from hanging
    group by item_number
),

final as (
    select
        item_number,
        cast(position_count as integer) as position_count,
        cast(unknown_position_count as integer) as unknown_position_count,
        unknown_position,
        first_position,
        case
            when position_count = unknown_position_count then null
            when unknown_position_count > 0 or days_low < 0 then 0
            else days_low
        end as days_low,
        case when days_high < 0 then 0 else days_high end as days_high,
        first_stock_out_date,
    from counted
)

select * from final

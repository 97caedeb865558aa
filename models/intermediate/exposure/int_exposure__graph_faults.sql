with

sites as (
    select * from {{ ref('stg_exposure__sites') }}
),

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

bill_of_materials as (
    select * from {{ ref('stg_exposure__bill_of_materials') }}
),

supplier_links as (
    select * from {{ ref('stg_exposure__supplier_links') }}
),

stock_positions as (
    select * from {{ ref('stg_exposure__stock_positions') }}
),

consumption as (
    select * from {{ ref('stg_exposure__consumption') }}
),

open_orders as (
    select * from {{ ref('stg_exposure__open_orders') }}
),

site_capacities as (
    select * from {{ ref('stg_exposure__site_capacities') }}
),

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

bill_cycles as (
    select * from {{ ref('int_exposure__bill_cycles') }}
),

-- The bases in which the use of a position is told.
bases_of_use as (
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        list_sort(list(distinct quantity_basis)) as bases,
    from consumption
    group by data_origin, graph_id, site_id, part_id
),

-- All places in which a table names a part.
named_parts as (
    select
        data_origin,
        graph_id,
        part_id,
        'unknown_part' as fault_kind,
        'bill_line' as subject_kind,
        part_id || '|' || component_id as subject_id,
    from bill_of_materials
    union all
    select
        data_origin,
        graph_id,
        component_id as part_id,
        'unknown_component' as fault_kind,
        'bill_line' as subject_kind,
        part_id || '|' || component_id as subject_id,
    from bill_of_materials
    union all
    select
        data_origin,
        graph_id,
        part_id,
        'unknown_part' as fault_kind,
        'supplier_link' as subject_kind,
        part_id || '|' || site_id as subject_id,
    from supplier_links
    union all
    select distinct
        data_origin,
        graph_id,
        part_id,
        'unknown_part' as fault_kind,
        'stock_position' as subject_kind,
        site_id || '|' || part_id as subject_id,
    from stock_positions
    union all
    select
        data_origin,
        graph_id,
        part_id,
        'unknown_part' as fault_kind,
        'consumption' as subject_kind,
        site_id || '|' || part_id as subject_id,
    from bases_of_use
    union all
    select
        data_origin,
        graph_id,
        part_id,
        'unknown_part' as fault_kind,
        'open_order' as subject_kind,
        order_id as subject_id,
    from open_orders
    union all
    select
        data_origin,
        graph_id,
        part_id,
        'unknown_part' as fault_kind,
        'site_capacity' as subject_kind,
        capacity_id as subject_id,
    from site_capacities
    where part_id is not null
),

-- All places in which a table names a site.
named_sites as (
    select
        data_origin,
        graph_id,
        site_id,
        'unknown_site' as fault_kind,
        'supplier_link' as subject_kind,
        part_id || '|' || site_id as subject_id,
    from supplier_links
    union all
    select distinct
        data_origin,
        graph_id,
        site_id,
        'unknown_site' as fault_kind,
        'stock_position' as subject_kind,
        site_id || '|' || part_id as subject_id,
    from stock_positions
    union all
    select
        data_origin,
        graph_id,
        site_id,
        'unknown_site' as fault_kind,
        'consumption' as subject_kind,
        site_id || '|' || part_id as subject_id,
    from bases_of_use
    union all
    select
        data_origin,
        graph_id,
        site_id,
        'unknown_site' as fault_kind,
        'open_order' as subject_kind,
        order_id as subject_id,
    from open_orders
    union all
    select
        data_origin,
        graph_id,
        supplier_site_id as site_id,
        'unknown_supplier_site' as fault_kind,
        'open_order' as subject_kind,
        order_id as subject_id,
    from open_orders
    where supplier_site_id is not null
    union all
    select
        data_origin,
        graph_id,
        site_id,
        'unknown_site' as fault_kind,
        'site_capacity' as subject_kind,
        capacity_id as subject_id,
    from site_capacities
),

unknown_parts as (
    select
        named_parts.data_origin,
        named_parts.graph_id,
        named_parts.fault_kind,
        named_parts.subject_kind,
        named_parts.subject_id,
        if(named_parts.subject_kind in ('bill_line', 'supplier_link'), 'left_out', 'kept')
            as treatment,
        'names the part ' || named_parts.part_id || ', which the table of parts lacks' as message,
    from named_parts
    anti join parts
        using (data_origin, graph_id, part_id)
),

unknown_sites as (
    select
        named_sites.data_origin,
        named_sites.graph_id,
        named_sites.fault_kind,
        named_sites.subject_kind,
        named_sites.subject_id,
        'kept' as treatment,
        'names the site ' || named_sites.site_id
        || ', which the table of sites lacks: its firm and country are unknown' as message,
    from named_sites
    anti join sites
        using (data_origin, graph_id, site_id)
),

without_supplier as (
    select
        parts.data_origin,
        parts.graph_id,
        'part_without_supplier' as fault_kind,
        'part' as subject_kind,
        parts.part_id as subject_id,
        'kept' as treatment,
        'no supplier is known: its supply is unknown, which is not free of risk' as message,
    from parts
    anti join supplier_links
        using (data_origin, graph_id, part_id)
    -- A product without one is made by the owner of the graph.
    where parts.part_kind is distinct from 'final'
),

-- A best figure without bounds stands for both of them.
supply_sums as (
    select
        data_origin,
        graph_id,
        part_id,
        sum(coalesce(supply_share_low, supply_share_central)) as least_sum,
    from supplier_links
    group by data_origin, graph_id, part_id
),

input_sums as (
    select
        data_origin,
        graph_id,
        part_id,
        sum(coalesce(input_share_low, input_share_central)) as least_sum,
    from bill_of_materials
    group by data_origin, graph_id, part_id
),

overfull as (
    select
        data_origin,
        graph_id,
        'supply_shares_above_one' as fault_kind,
        'part' as subject_kind,
        part_id as subject_id,
        'kept' as treatment,
        'least shares of its suppliers come to ' || cast(least_sum as varchar) as message,
    from supply_sums
    where least_sum > {{ var('most_share_sum') }}
    union all
    select
        data_origin,
        graph_id,
        'input_shares_above_one' as fault_kind,
        'part' as subject_kind,
        part_id as subject_id,
        'kept' as treatment,
        'least shares of its components come to ' || cast(least_sum as varchar) as message,
    from input_sums
    where least_sum > {{ var('most_share_sum') }}
),

on_cycles as (
    select
        data_origin,
        graph_id,
        'part_on_cycle' as fault_kind,
        'part' as subject_kind,
        part_id as subject_id,
        'kept' as treatment,
        'its bill of materials goes round: it holds itself, or stands between parts that do'
            as message,
    from bill_cycles
),

told_bases as (
    select distinct
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        'stock_in_other_basis' as fault_kind,
        'stock_position' as subject_kind,
        site_id || '|' || part_id || '|' || quantity_basis as subject_id,
    from stock_positions
    union all
    select
        data_origin,
        graph_id,
        site_id,
        part_id,
        quantity_basis,
        'order_in_other_basis' as fault_kind,
        'open_order' as subject_kind,
        order_id as subject_id,
    from open_orders
),

other_bases as (
    select
        told_bases.data_origin,
        told_bases.graph_id,
        told_bases.fault_kind,
        told_bases.subject_kind,
        told_bases.subject_id,
        if(told_bases.subject_kind = 'open_order', 'left_out', 'kept') as treatment,
        'is told in ' || told_bases.quantity_basis || ', its use in '
        || array_to_string(bases_of_use.bases, ' and ') || ': they cannot be compared' as message,
    from told_bases
    inner join bases_of_use
        using (data_origin, graph_id, site_id, part_id)
    where not list_contains(bases_of_use.bases, told_bases.quantity_basis)
),

without_country as (
    select
        sites.data_origin,
        sites.graph_id,
        'unknown_country' as fault_kind,
        'site' as subject_kind,
        sites.site_id as subject_id,
        'kept' as treatment,
        'stands in ' || sites.country_code || ', which is no country'
            as message,
    from sites
    anti join countries
        on sites.country_code = countries.iso3
),

final as (
    select * from unknown_parts
    union all
    select * from unknown_sites
    union all
    select * from without_supplier
    union all
    select * from overfull
    union all
    select * from on_cycles
    union all
    select * from other_bases
    union all
    select * from without_country
)

select * from final

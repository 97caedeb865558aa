with

sites as (select * from {{ ref('stg_exposure__sites') }}),
parts as (select * from {{ ref('stg_exposure__parts') }}),
graph_rows as (select * from {{ ref('int_exposure__graph_rows') }}),
supplier_links as (select * from {{ ref('stg_exposure__supplier_links') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),
bill_cycles as (select * from {{ ref('int_exposure__bill_cycles') }}),

named as (
    unpivot graph_rows
    on part_id, component_id, site_id, supplier_site_id
    into name named_as value named_id
),

known as (
    select
        data_origin,
        graph_id,
        part_id as named_id,
        unnest(['part_id', 'component_id']) as named_as,
    from parts
    union all
    select
        data_origin,
        graph_id,
        site_id as named_id,
        unnest(['site_id', 'supplier_site_id']) as named_as,
    from sites
),

graph_faults as (
    select distinct
        named.data_origin,
        named.graph_id,
        'unknown_' || replace(named.named_as, '_id', '') as fault_kind,
        named.subject_kind,
        named.subject_id,
        case
            when
                named.named_as <> 'site_id'
                and named.subject_kind in ('bill_line', 'supplier_link')
                then 'left_out'
            else 'kept'
        end as treatment,
        case
            when ends_with(named.named_as, 'site_id')
                then
                    'names the site ' || named.named_id
                    || ', which the table of sites lacks: its firm and country are unknown'
            else 'names the part ' || named.named_id || ', which the table of parts lacks'
        end as message,
    from named
    anti join known
        using (data_origin, graph_id, named_as, named_id)
    union all
    select
        graph_rows.data_origin,
        graph_rows.graph_id,
        if(graph_rows.subject_kind = 'open_order', 'order', 'stock') || '_in_other_basis'
            as fault_kind,
        graph_rows.subject_kind,
        graph_rows.subject_id
        || if(graph_rows.subject_kind = 'open_order', '', '|' || graph_rows.quantity_basis)
            as subject_id,
        if(graph_rows.subject_kind = 'open_order', 'left_out', 'kept') as treatment,
        replace(
            'is told in ' || graph_rows.quantity_basis || ', its use in '
            || string_agg(distinct used.quantity_basis, ' and ' order by used.quantity_basis)
            || ': they cannot be compared', '_', ' '
        ) as message,
    from graph_rows
    inner join graph_rows as used
        using (data_origin, graph_id, site_id, part_id)
    where used.subject_kind = 'consumption'
    group by
        graph_rows.data_origin, graph_rows.graph_id, graph_rows.subject_kind,
        graph_rows.subject_id, graph_rows.quantity_basis
    having not bool_or(graph_rows.quantity_basis = used.quantity_basis)
    union all
    select
        data_origin,
        graph_id,
        if(subject_kind = 'bill_line', 'input', 'supply') || '_shares_above_one' as fault_kind,
        'part' as subject_kind,
        part_id as subject_id,
        'kept' as treatment,
        'least shares of its ' || if(subject_kind = 'bill_line', 'components', 'suppliers')
        || ' come to ' || cast(sum(least_share) as varchar) as message,
    from graph_rows
    where subject_kind in ('bill_line', 'supplier_link')
    group by data_origin, graph_id, graph_rows.subject_kind, part_id
    having sum(least_share) > {{ var('most_share_sum') }}
    union all
    -- A product without a supplier is made by the owner of the graph.
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
    where parts.part_kind is distinct from 'final'
    union all
    select
        data_origin,
        graph_id,
        'part_on_cycle' as fault_kind,
        'part' as subject_kind,
        part_id as subject_id,
        'kept' as treatment,
        'its bill of materials is circular: it holds itself, or stands between parts that do'
            as message,
    from bill_cycles
    union all
    select
        sites.data_origin,
        sites.graph_id,
        'unknown_country' as fault_kind,
        'site' as subject_kind,
        sites.site_id as subject_id,
        'kept' as treatment,
        'stands in ' || sites.country_code || ', which is no country' as message,
    from sites
    anti join countries
        on sites.country_code = countries.iso3
)

select * from graph_faults
order by data_origin, graph_id, fault_kind, subject_kind, subject_id

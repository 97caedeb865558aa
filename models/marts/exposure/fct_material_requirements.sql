with

requirements as (
    select * from {{ ref('int_exposure__requirements') }}
),

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

bills as (
    select * from {{ ref('stg_exposure__bill_of_materials') }}
),

unknown_quantities as (
    select
        data_origin,
        graph_id,
        part_id,
        count(*) as links,
    from bills
    where quantity_per_unit is null
    group by data_origin, graph_id, part_id
),

described as (
    select
        requirements.*,
        parts.part_kind as component_kind,
        parts.material,
        parts.product_code,
        parts.unit,
        bills.quantity_per_unit as direct_quantity,
        bills.component_id is not null as is_direct,
        sum(coalesce(unknown_quantities.links, 0)) over of_product as unknown_links,
        count(*) filter (where coalesce(not parts.is_bom_complete, true)) over of_product
            as incomplete_bills,
    from requirements
    left join parts
        on
            requirements.data_origin = parts.data_origin
            and requirements.graph_id = parts.graph_id
            and requirements.component_id = parts.part_id
    left join bills
        on
            requirements.data_origin = bills.data_origin
            and requirements.graph_id = bills.graph_id
            and requirements.part_id = bills.part_id
            and requirements.component_id = bills.component_id
    left join unknown_quantities
        on
            requirements.data_origin = unknown_quantities.data_origin
            and requirements.graph_id = unknown_quantities.graph_id
            and requirements.component_id = unknown_quantities.part_id
    window of_product as (
        partition by requirements.data_origin, requirements.graph_id, requirements.part_id
    )
),

judged as (
    select
        *,
        case
            when is_cut_off then 'does_not_settle'
            when quantity_low is null then 'unknown'
            when is_behind_unknown or incomplete_bills > 0 then 'at_least'
            else 'exact'
        end as status,
    from described
),

final as (
    select
        data_origin,
        graph_id,
        part_id,
        component_id,
        component_kind,
        material,
        product_code,
        unit,
        is_direct,
        status,
        {{ significant('direct_quantity') }} as direct_quantity,
        case when status in ('exact', 'at_least') then {{ significant('quantity_low') }} end
            as quantity_low,
        case when status = 'exact' then {{ significant('quantity_low') }} end as quantity_high,
        cast(unknown_links as integer) as unknown_links,
        cast(incomplete_bills as integer) as incomplete_bills,
    from judged
)

select * from final
order by data_origin, graph_id, part_id, component_id

{% set is_seen = "scopes.evidence_scope = 'all' or bill.evidence_class = 'verified'" %}

with

parts as (select * from {{ ref('stg_exposure__parts') }}),
bill_of_materials as (select * from {{ ref('stg_exposure__bill_of_materials') }}),
supplier_links as (select * from {{ ref('stg_exposure__supplier_links') }}),

-- Also parts that a row names and the list of parts lacks: what is in them is unknown.
named as (
    select
        data_origin,
        graph_id,
        part_id,
    from parts
    union
    select
        data_origin,
        graph_id,
        part_id,
    from bill_of_materials
    union
    select
        data_origin,
        graph_id,
        component_id as part_id,
    from bill_of_materials
    union
    select
        data_origin,
        graph_id,
        part_id,
    from supplier_links
),

scopes as (
    select unnest(['all', 'verified']) as evidence_scope
),

supply as (
    select
        data_origin,
        graph_id,
        part_id,
        count(*) as supplier_count,
        sum({{ least_share('supply_share') }}) as least_supply,
        sum({{ known_share('supply_share') }}) as known_supply,
        sum({{ least_share('supply_share') }}) filter (where evidence_class = 'verified')
            as least_verified_supply,
        sum({{ known_share('supply_share') }}) filter (where evidence_class = 'verified')
            as known_verified_supply,
    from supplier_links
    group by data_origin, graph_id, part_id
),

inputs as (
    select
        bill.data_origin,
        bill.graph_id,
        bill.part_id,
        scopes.evidence_scope,
        count(*) filter (where not ({{ is_seen }})) as left_out,
        sum({{ least_share('input_share') }}) filter (where {{ is_seen }}) as least_inputs,
        sum({{ known_share('input_share') }}) filter (where {{ is_seen }}) as known_inputs,
    from bill_of_materials as bill
    cross join scopes
    group by all
),

joined as (
    select
        named.*,
        scopes.evidence_scope,
        parts.part_kind,
        parts.product_code,
        supply.supplier_count,
        coalesce(parts.part_kind = 'final', false) as is_final,
        coalesce(parts.is_bom_complete and coalesce(inputs.left_out, 0) = 0, false)
            as is_complete,
        if(
            scopes.evidence_scope = 'all', supply.least_supply, supply.least_verified_supply
        ) as least_supply,
        if(
            scopes.evidence_scope = 'all', supply.known_supply, supply.known_verified_supply
        ) as known_supply,
        coalesce(inputs.least_inputs, 0) as least_inputs,
        coalesce(inputs.known_inputs, 0) as known_inputs,
    from named
    cross join scopes
    left join parts
        using (data_origin, graph_id, part_id)
    left join supply
        using (data_origin, graph_id, part_id)
    left join inputs
        using (data_origin, graph_id, part_id, evidence_scope)
),

-- Suppliers whose best figures make a whole are all there are: what is open lies between them.
-- A product without any supplier is made by the owner of the graph: nothing is unknown there.
final as (
    select
        cast(
            row_number() over (order by data_origin, graph_id, evidence_scope, part_id) as integer
        ) as part_number,
        data_origin,
        graph_id,
        evidence_scope,
        part_id,
        case
            when is_final and supplier_count is null then 0
            when known_supply >= 0.999999 then 0
            else greatest(0, 1 - coalesce(least_supply, 0))
        end as unknown_supply,
        greatest(0, 1 - coalesce(least_supply, 0)) as unallotted_supply,
        case
            when product_code is not null then 0
            when is_final and supplier_count is null then 0
            else 1
        end as unknown_control,
        greatest(0, greatest(1, known_inputs) - least_inputs) as unallotted_inputs,
        coalesce(supplier_count, 0) as supplier_count,
        is_final,
        is_complete,
    from joined
)

select * from final

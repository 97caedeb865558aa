with

bill_of_materials as (select * from {{ ref('stg_exposure__bill_of_materials') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),

figured as (
    select
        data_origin,
        graph_id,
        part_id,
        component_id,
        evidence_class = 'verified' as is_verified,
        is_essential,
        {{ least_share('input_share') }} as weight_low,
        {{ known_share('input_share') }} as weight,
        {{ greatest_share('input_share') }} as weight_high,
    from bill_of_materials
),

final as (
    select
        parts_in_scope.part_number,
        components.part_number as component_number,
        figured.weight_low,
        figured.weight,
        greatest(
            figured.weight,
            least(figured.weight_high, figured.weight_low + parts_in_scope.unallotted_inputs)
        ) as weight_high,
        figured.is_essential,
        figured.is_verified,
    from figured
    inner join parts_in_scope
        using (data_origin, graph_id, part_id)
    inner join parts_in_scope as components
        on
            figured.data_origin = components.data_origin
            and figured.graph_id = components.graph_id
            and figured.component_id = components.part_id
            and parts_in_scope.evidence_scope = components.evidence_scope
    where parts_in_scope.evidence_scope = 'all' or figured.is_verified
)

select * from final

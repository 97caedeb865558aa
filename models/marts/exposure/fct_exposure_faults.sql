with

graph_faults as (
    select * from {{ ref('int_exposure__graph_faults') }}
),

final as (
    select
        data_origin,
        graph_id,
        fault_kind,
        subject_kind,
        subject_id,
        treatment,
        message,
    from graph_faults
)

select * from final
order by data_origin, graph_id, fault_kind, subject_kind, subject_id

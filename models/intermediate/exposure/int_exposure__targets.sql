with

direct_shares as (select * from {{ ref('int_exposure__direct_shares') }}),

final as (
    select
        target_number,
        scenario_id,
        target_kind,
        target_id,
        target_kind in ('measure', 'newly_controlled') as is_measure,
    from direct_shares
    group by all
)

select * from final

{{ config(alias='quarantined_rows') }}

with

quarantined_rows as (select * from {{ ref('stg_landing__quarantined_rows') }}),

registry as (
    {{ source_registry() }}
),

-- Whose a row is that broke the rules nobody can say: where rows may be own, it counts as own.
final as (
    select
        quarantined_rows.*,
        case
            when {{ takes_own_rows('quarantined_rows.source_id') }} then 'own'
            else coalesce(registry.data_origin, 'own')
        end as data_origin,
    from quarantined_rows
    left join registry
        on
            quarantined_rows.source_id = registry.source_id
            and registry.delivery_kind = 'landed file'
)

select * from final
order by source_id, vintage, line_number, column_name

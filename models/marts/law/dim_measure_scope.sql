-- depends_on: {{ ref('int_law__input_faults') }}
with

items as (select * from {{ ref('stg_law__measure_scope') }}),

final as (
    select
        items.* exclude (coverage),
        case coverage
            when 'ex' then 'partial'
            when 'no code listed' then 'none_listed'
            else coverage
        end as coverage,
    from items
)

select * from final
order by scope_id

-- depends_on: {{ ref('int_law__input_faults') }}
with

items as (
    select * from {{ ref('stg_law__measure_scope') }}
),

final as (
    select
        scope_id,
        measure_id,
        control_code,
        material,
        item_description,
        case coverage
            when 'ex' then 'partial'
            when 'no code listed' then 'none_listed'
            else coverage
        end as coverage,
        national_tariff10_code,
        national_tariff8_code,
        hs6_code,
        code_origin,
        confidence,
        source_title,
        source_url,
        note,
    from items
)

select * from final
order by scope_id

with

press_figures as (select * from {{ ref('int_continuity__press_figures') }}),

-- Where a code is little more than the item, and the destination a partner that other rows have.
final as (
    select
        table_name,
        seed_key,
        source_id,
        flow,
        reporter_code,
        partner_code,
        nomenclature,
        product_code,
        first_period as period,
        cast(mass_t * 1000 as decimal(24, 3)) as net_mass_kg,
        known_from,
    from press_figures
    where
        period_kind = 'month'
        and partner_code is not null
        and code_match in ('exact', 'dominant')
)

select * from final

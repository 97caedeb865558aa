with

partner_changes as (
    select * from {{ ref('int_change__partner_changes') }}
),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        base_period,
        partner_code as partner_iso3,
        nomenclature_before,
        change_kind,
        block_kind,
        block_reason,
        split_reason,
        cast(lag_years as integer) as lag_years,
        {%- for column in [
            'value_share_before', 'value_share_after', 'known_share_before', 'known_share_after',
            'mass_share_before', 'mass_share_after',
        ] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        {%- for column in [
            'hhi_value_contribution', 'hhi_mass_contribution', 'hhi_value_change',
            'hhi_mass_change', 'volume_effect', 'supplier_mix_effect', 'price_effect',
            'unsplit_effect',
        ] %}
        {{ published_part(column) }} as {{ column }},
        {%- endfor %}
        is_comparable,
    from partner_changes
)

select * from final
order by
    reporter_code, product_code, source_id, nomenclature, period, base_period, supplier_scope,
    partner_iso3

with

pairs as (select * from {{ ref('int_change__pairs') }}),
partner_changes as (select * from {{ ref('int_change__partner_changes') }}),

final as (
    select
        pairs.pair_number,
        pairs.reporter_code,
        pairs.supplier_scope,
        pairs.source_id,
        pairs.nomenclature,
        pairs.product_code,
        pairs.period,
        pairs.base_period,
        partner_changes.partner_code as partner_iso3,
        pairs.source_id_before,
        pairs.nomenclature_before,
        partner_changes.change_kind,
        pairs.block_kind,
        pairs.block_reason,
        partner_changes.split_reason,
        cast(pairs.lag_years as integer) as lag_years,
        {%- for column in [
            'value_share_before', 'value_share_after', 'mass_share_before', 'mass_share_after',
        ] %}
        {{ significant('partner_changes.' ~ column) }} as {{ column }},
        {%- endfor %}
        {%- for column in [
            'hhi_value_contribution', 'hhi_mass_contribution', 'hhi_value_change',
            'hhi_mass_change', 'volume_effect', 'supplier_mix_effect', 'price_effect',
            'unsplit_effect',
        ] %}
        {{ published_part('partner_changes.' ~ column) }} as {{ column }},
        {%- endfor %}
        pairs.is_comparable,
    from partner_changes
    inner join pairs
        on partner_changes.pair_number = pairs.pair_number
)

-- Numbered by reporter, product, source, nomenclature, the two periods and scope.
select * exclude (pair_number) from final
order by pair_number, partner_iso3

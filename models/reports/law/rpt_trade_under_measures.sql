{{ config(
    materialized='table_function',
    alias='trade_under_measures',
    parameters=['reporter', 'partner', 'as_of', 'known_on', 'scenario := null'],
    contract={'enforced': false}
) }}

with

by_reading as (
    select readings.*
    from {{ ref('rpt_trade_by_reading') }}(
        reporter, partner, as_of, known_on, scenario := scenario
    ) as readings
),

rivals as (
    select distinct
        by_reading.flow_number,
        by_reading.claim_group,
    from by_reading
    where by_reading.claim_group <> 'base'
),

-- One row per flow and state, its rival reading beside the base. A side without the state has
-- nothing in it.
sided as (
    select
        by_reading.state,
        any_value(by_reading.reporter_code) as reporter_code,
        any_value(by_reading.partner_iso3) as partner_iso3,
        any_value(by_reading.product_code) as product_code,
        any_value(rivals.claim_group) as rival_claim_group,
        any_value(by_reading.source_id) as source_id,
        any_value(by_reading.nomenclature) as nomenclature,
        any_value(by_reading.period) as weight_period,
        any_value(by_reading.part_of_product_code) as part_of_product_code,
        any_value(by_reading.value_eur) as product_value_eur,
        any_value(by_reading.net_mass_kg) as net_mass_kg,
        any_value(by_reading.parent_value_eur) as parent_value_eur,
        any_value(by_reading.parent_net_mass_kg) as parent_net_mass_kg,
        {%- for prefix, side in [('base', "= 'base'"), ('rival', "<> 'base'")] %}
        bool_or(by_reading.claim_group {{ side }}) as has_{{ prefix }},
        {%- for column in [
            'share_low', 'share_central', 'share_high', 'value_eur_low', 'value_eur_central',
            'value_eur_high', 'low_raised_by', 'high_raised_by',
        ] %}
        any_value(by_reading.{{ column }}) filter (where by_reading.claim_group {{ side }})
            as {{ prefix }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        {%- for column in ['measure_count', 'measure_ids', 'instrument_nos', 'titles',
                           'source_urls', 'is_assumed', 'valid_from'] %}
        first(by_reading.{{ column }} order by by_reading.claim_group <> 'base') as {{ column }},
        {%- endfor %}
        any_value(by_reading.may_overlap_measure_ids) as may_overlap_measure_ids,
        any_value(by_reading.doubt) as doubt,
    from by_reading
    left join rivals
        on by_reading.flow_number = rivals.flow_number
    group by by_reading.flow_number, by_reading.state
)

select
    sided.reporter_code,
    sided.partner_iso3,
    sided.product_code,
    sided.state,
    sided.source_id,
    sided.nomenclature,
    sided.weight_period,
    sided.part_of_product_code,
    sided.product_value_eur,
    case when sided.has_base then sided.base_value_eur_low else 0 end as value_eur_low,
    case when sided.has_base then sided.base_value_eur_central else 0 end as value_eur_central,
    case when sided.has_base then sided.base_value_eur_high else 0 end as value_eur_high,
    sided.base_low_raised_by as low_raised_by,
    sided.base_high_raised_by as high_raised_by,
    sided.net_mass_kg as product_net_mass_kg,
    cast(
        coalesce(sided.net_mass_kg, case when sided.parent_net_mass_kg is not null then 0 end)
        * coalesce(sided.base_share_low, 0) as decimal(28, 6)
    ) as net_mass_kg_low,
    cast(
        sided.net_mass_kg
        * case when sided.has_base then sided.base_share_central else 0 end as decimal(28, 6)
    ) as net_mass_kg_central,
    cast(
        coalesce(sided.net_mass_kg, sided.parent_net_mass_kg) * coalesce(sided.base_share_high, 0)
        as decimal(28, 6)
    ) as net_mass_kg_high,
    sided.rival_claim_group,
    {%- for bound in ['low', 'central', 'high'] %}
    case
        when sided.has_rival then sided.rival_value_eur_{{ bound }}
        when sided.rival_claim_group is not null then 0
    end as rival_value_eur_{{ bound }},
    {%- endfor %}
    sided.parent_value_eur,
    sided.measure_count,
    sided.measure_ids,
    sided.may_overlap_measure_ids,
    sided.instrument_nos,
    sided.titles,
    sided.source_urls,
    sided.rival_claim_group is not null as is_disputed,
    case
        when sided.rival_claim_group is not null then 'disputed'
        when sided.is_assumed then 'assumed'
        when sided.base_share_central is null then 'bounds_only'
        when sided.may_overlap_measure_ids is not null then 'may_overlap'
        when sided.state in ('lapsed_presumed', 'unknown') then 'presumed'
        else coalesce(sided.doubt, 'settled')
    end as certainty,
    sided.valid_from,
from sided
order by sided.reporter_code, sided.partner_iso3, sided.product_code, sided.state

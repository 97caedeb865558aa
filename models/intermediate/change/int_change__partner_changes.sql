{{ config(materialized='table') }}

{%- set measured = [
    'value_in_currency', 'net_mass_kg', 'value_without_mass', 'value_share',
    'value_share_of_known', 'mass_share_of_known',
] %}

with

pairs as (
    select * from {{ ref('int_change__pairs') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

thresholds as (
    select * from {{ ref('stg_reference__change_thresholds') }}
),

limits as (
    select
        max(threshold_value) filter (where threshold_id = 'max_value_without_mass')
            as max_value_without_mass,
        max(threshold_value) filter (where threshold_id = 'max_unit_value_ratio')
            as max_unit_value_ratio,
    from thresholds
),

-- Both periods must have figures; a pair across a break is shown without a change. Members are
-- followed over 24 months only: with the year before as well it would be 269,000 rows, not 159,000.
two_sided as (
    select *
    from pairs
    where
        import_value_before is not null
        and import_value_after is not null
        and (reporter_code = 'EU27' or lag_years = 2)
),

sides as (
    {%- for side in ['before', 'after'] %}
    select
        two_sided.pair_number,
        supplier_shares.partner_code,
        supplier_shares.partner_kind,
        {%- for name in ['before', 'after'] %}
        {%- for column in measured %}
        {{ 'supplier_shares.' ~ column if name == side else 'null' }} as {{ column }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
    from two_sided
    inner join supplier_shares
        on two_sided.cell_number_{{ side }} = supplier_shares.cell_number
    {{ 'union all' if side == 'before' }}
    {%- endfor %}
),

suppliers as (
    select
        pair_number,
        partner_code,
        max(partner_kind) as partner_kind,
        {%- for side in ['before', 'after'] %}
        coalesce(max(value_in_currency_{{ side }}), 0) as value_{{ side }},
        max(net_mass_kg_{{ side }}) as mass_{{ side }},
        max(value_without_mass_{{ side }}) as value_without_mass_{{ side }},
        coalesce(max(value_share_{{ side }}), 0) as value_share_{{ side }},
        max(value_share_of_known_{{ side }}) as known_share_{{ side }},
        max(mass_share_of_known_{{ side }}) as mass_share_{{ side }},
        max(value_in_currency_{{ side }}) is not null as is_listed_{{ side }},
        {%- endfor %}
    from sides
    group by pair_number, partner_code
),

-- A share by mass is unknown where the supplier trades and its mass is not stated; it is zero
-- where the supplier is absent and others have a mass.
joined as (
    select
        suppliers.*,
        two_sided.coverage,
        two_sided.coverage_before,
        two_sided.hhi_value_before,
        two_sided.hhi_value_after,
        two_sided.hhi_mass_before,
        two_sided.hhi_mass_after,
        two_sided.is_comparable,
        (two_sided.import_value_before + two_sided.import_value_after) / 2 as mean_total,
        two_sided.net_mass_before_kg > 0 and two_sided.net_mass_after_kg > 0 as has_mass,
        {%- for side in ['before', 'after'] %}
        case
            when
                suppliers.mass_{{ side }} > 0
                and suppliers.value_without_mass_{{ side }}
                <= limits.max_value_without_mass * suppliers.value_{{ side }}
                then suppliers.mass_{{ side }}
        end as stated_mass_{{ side }},
        {%- endfor %}
        limits.max_unit_value_ratio,
    from suppliers
    inner join two_sided
        on suppliers.pair_number = two_sided.pair_number
    cross join limits
),

-- The ratio of two unit values is compared without a division, so that one that lies on the limit
-- is on the same side with the periods swapped.
valued as (
    select
        *,
        value_after * stated_mass_before <= max_unit_value_ratio * value_before * stated_mass_after
        and value_before * stated_mass_after
        <= max_unit_value_ratio * value_after * stated_mass_before as is_plausible,
    from joined
),

parted as (
    select
        *,
        case
            when not coalesce(has_mass, false) then 'mass_missing'
            when value_before = 0 or value_after = 0 then null
            when stated_mass_before is null or stated_mass_after is null
                then 'supplier_mass_missing'
            when not is_plausible then 'unit_value_implausible'
        end as split_reason,
        case
            when
                value_before = 0 or value_after = 0 or is_plausible
                then
                    {{ volume_part(
                        'value_before', 'value_after', 'stated_mass_before', 'stated_mass_after'
                    ) }}
                    / mean_total
        end as volume_of_total,
        (value_after - value_before) / mean_total as change_of_total,
    from valued
),

pair_sums as (
    select
        pair_number,
        {{ sum_of_parts('volume_of_total') }} as volume_sum,
        {{ sum_of_parts('change_of_total - volume_of_total') }} as price_sum,
        {{ sum_of_parts('change_of_total', 'volume_of_total is null') }} as unsplit_sum,
    from parted
    group by pair_number
),

final as (
    select
        parted.pair_number,
        parted.partner_code,
        parted.partner_kind,
        case
            when parted.partner_kind = 'pseudo_partner' then 'unknown_partner'
            when parted.value_before > 0 and parted.value_after > 0 then 'incumbent'
            when parted.value_before > 0 and parted.coverage is null then 'exit'
            when parted.value_before > 0 then 'no_longer_listed'
            when parted.coverage_before is null then 'entrant'
            else 'newly_listed'
        end as change_kind,
        case when parted.is_comparable then parted.split_reason end as split_reason,
        parted.value_before,
        parted.value_after,
        parted.value_share_before,
        parted.value_share_after,
        case
            when parted.partner_kind <> 'pseudo_partner' then coalesce(parted.known_share_before, 0)
        end as known_share_before,
        case
            when parted.partner_kind <> 'pseudo_partner' then coalesce(parted.known_share_after, 0)
        end as known_share_after,
        {%- for side in ['before', 'after'] %}
        case
            when parted.hhi_mass_{{ side }} is not null and parted.partner_kind <> 'pseudo_partner'
                then
                    case
                        when parted.is_listed_{{ side }} then parted.mass_share_{{ side }}
                        else 0
                    end
        end as mass_share_{{ side }},
        {%- endfor %}
        case
            when parted.is_comparable and parted.partner_kind <> 'pseudo_partner'
                then
                    {{ hhi_contribution(
                        'coalesce(parted.known_share_before, 0)',
                        'coalesce(parted.known_share_after, 0)'
                    ) }}
        end as hhi_value_contribution,
        -- Who has no stated mass is left out of the HHI by mass: its part is zero there.
        case
            when
                parted.is_comparable
                and parted.partner_kind <> 'pseudo_partner'
                and parted.hhi_mass_before is not null
                and parted.hhi_mass_after is not null
                then
                    {{ hhi_contribution(
                        'coalesce(parted.mass_share_before, 0)',
                        'coalesce(parted.mass_share_after, 0)'
                    ) }}
        end as hhi_mass_contribution,
        case when parted.is_comparable then parted.hhi_value_after - parted.hhi_value_before end
            as hhi_value_change,
        case when parted.is_comparable then parted.hhi_mass_after - parted.hhi_mass_before end
            as hhi_mass_change,
        case when parted.is_comparable and parted.split_reason is null
            then
                (1 - (parted.value_share_before + parted.value_share_after) / 2)
                * parted.volume_of_total
        end as volume_effect,
        case when parted.is_comparable and parted.split_reason is null
            then
                -(parted.value_share_before + parted.value_share_after) / 2
                * (pair_sums.volume_sum - parted.volume_of_total)
        end as supplier_mix_effect,
        case when parted.is_comparable and parted.split_reason is null
            then
                {{ part_of_share_change(
                    'parted.change_of_total - parted.volume_of_total',
                    'pair_sums.price_sum',
                    '(parted.value_share_before + parted.value_share_after) / 2'
                ) }}
        end as price_effect,
        case when parted.is_comparable and parted.split_reason is null
            then
                {{ part_of_share_change(
                    '0',
                    'pair_sums.unsplit_sum',
                    '(parted.value_share_before + parted.value_share_after) / 2'
                ) }}
        end as unsplit_effect,
        parted.is_comparable,
    from parted
    inner join pair_sums
        on parted.pair_number = pair_sums.pair_number
)

select * from final

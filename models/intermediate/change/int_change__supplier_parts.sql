with

suppliers as (
    select * from {{ ref('int_change__pair_suppliers') }}
),

pairs as (
    select * from {{ ref('int_change__pairs') }}
),

thresholds as (
    select * from {{ ref('change_thresholds') }}
),

limits as (
    select
        max(threshold_value) filter (where threshold_id = 'max_value_without_mass')
            as max_value_without_mass,
        max(threshold_value) filter (where threshold_id = 'max_unit_value_ratio')
            as max_unit_value_ratio,
    from thresholds
),

-- A share by mass is unknown where the supplier trades and its mass is not stated; it is zero
-- where the supplier is absent and others have a mass.
joined as (
    select
        suppliers.*,
        pairs.coverage,
        pairs.coverage_before,
        pairs.hhi_value_before,
        pairs.hhi_value_after,
        pairs.hhi_mass_before,
        pairs.hhi_mass_after,
        pairs.is_comparable,
        suppliers.partner_kind = 'pseudo_partner' as is_unknown,
        (suppliers.value_share_before + suppliers.value_share_after) / 2 as mean_share,
        (pairs.import_value_before + pairs.import_value_after) / 2 as mean_total,
        pairs.net_mass_before_kg > 0 and pairs.net_mass_after_kg > 0 as has_mass,
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
    inner join pairs
        on suppliers.pair_number = pairs.pair_number
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

final as (
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
)

select * from final

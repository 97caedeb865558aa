with

pairs as (select * from {{ ref('int_change__pairs') }}),
thresholds as (select * from {{ ref('change_thresholds') }}),
supplier_shares as (select * from {{ ref('int_trade__supplier_shares') }}),

-- Both periods must have figures; a pair across a break is shown without a change. Members are
-- followed over 24 months only: with the year before as well it would be 269,000 rows, not 159,000.
two_sided as (
    select
        pair_number,
        unnest(['before', 'after']) as side,
        unnest([cell_number_before, cell_number_after]) as cell_number,
    from pairs
    where
        import_value_before is not null
        and import_value_after is not null
        and (reporter_code = 'EU27' or lag_years = 2)
),

suppliers as (
    select
        two_sided.pair_number,
        supplier_shares.partner_code,
        max(supplier_shares.partner_kind) as partner_kind,
        {%- for side in ['before', 'after'] %}
        {%- set on_side = "filter (where two_sided.side = '" ~ side ~ "')" %}
        coalesce(max(supplier_shares.value_in_currency) {{ on_side }}, 0) as value_{{ side }},
        max(supplier_shares.net_mass_kg) {{ on_side }} as mass_{{ side }},
        max(supplier_shares.value_without_mass) {{ on_side }} as value_without_mass_{{ side }},
        coalesce(max(supplier_shares.value_share) {{ on_side }}, 0) as value_share_{{ side }},
        coalesce(max(supplier_shares.value_share_of_known) {{ on_side }}, 0)
            as known_share_{{ side }},
        max(supplier_shares.mass_share_of_known) {{ on_side }} as mass_share_{{ side }},
        max(supplier_shares.value_in_currency) {{ on_side }} is not null as is_listed_{{ side }},
        {%- endfor %}
    from two_sided
    inner join supplier_shares
        on two_sided.cell_number = supplier_shares.cell_number
    group by two_sided.pair_number, supplier_shares.partner_code
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

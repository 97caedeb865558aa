with

pairs as (
    select * from {{ ref('int_change__pairs') }}
    where lag_years = 2
),

partner_changes as (select * from {{ ref('int_change__partner_changes') }}),
rerouting as (select * from {{ ref('int_change__rerouting') }}),
thresholds as (select * from {{ ref('change_thresholds') }}),
bounds as (select * from {{ ref('int_trade__source_bounds') }}),

limits as (
    select
        {%- for threshold in [
            'one_country_65', 'min_share_change', 'min_hhi_change', 'small_cell',
            'max_value_without_mass', 'rerouting_min_gain_share',
        ] %}
        max(threshold_value) filter (where threshold_id = '{{ threshold }}') as {{ threshold }},
        {%- endfor %}
    from thresholds
),

named_suppliers as (
    select distinct partner_code
    from thresholds
    where partner_code is not null
),

-- Three suppliers are followed: the largest at the beginning, the largest now, and each named
-- one. They may be the same.
watched as (
    select
        pair_number,
        top_supplier_before_iso3 as partner_code,
    from pairs
    where top_supplier_before_iso3 is not null
    union
    select
        pair_number,
        top_supplier_after_iso3 as partner_code,
    from pairs
    where top_supplier_after_iso3 is not null
    union
    select
        pairs.pair_number,
        named_suppliers.partner_code,
    from pairs
    cross join named_suppliers
),

-- What another source has of a watched supplier, where it bounds the imports of the year. One that
-- neither names has at most what is left.
readings as (
    {%- for side, source, period in [
        ('before', 'source_id_before', 'base_period'), ('after', 'source_id', 'period'),
    ] %}
    select
        watched.pair_number,
        watched.partner_code,
        '{{ side }}' as side,
        any_value(bounds.agreement) as agreement,
        coalesce(
            max(bounds.other_share_low) filter (bounds.partner_code = watched.partner_code), 0
        ) as share_low,
        coalesce(
            max(bounds.other_share_high) filter (bounds.partner_code = watched.partner_code),
            any_value(bounds.other_top_share_high - bounds.other_top_share_low)
        ) as share_high,
        any_value(bounds.other_reading) filter (bounds.is_furthest) as other_reading,
    from watched
    inner join pairs
        using (pair_number)
    inner join bounds
        on
            pairs.reporter_code = bounds.reporter_code
            and pairs.supplier_scope = bounds.supplier_scope
            and pairs.product_code = bounds.product_code
            and pairs.{{ source }} = bounds.source_id
            and pairs.{{ period }} = bounds.period
    group by all
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Of a year that no other source bounds the share is the only reading.
contradicted as (
    select
        pair_number,
        partner_code,
        {%- for side in ['before', 'after'] %}
        max(share_low) filter (side = '{{ side }}') as other_share_{{ side }}_low,
        max(share_high) filter (side = '{{ side }}') as other_share_{{ side }}_high,
        max(other_reading) filter (side = '{{ side }}' and agreement = 'sources_disagree')
            as other_reading_{{ side }},
        {%- endfor %}
    from readings
    group by pair_number, partner_code
    having bool_or(agreement = 'sources_disagree')
),

-- A supplier missing from a list of all partners has the share zero.
joined as (
    select
        pairs.*,
        limits.*,
        watched.partner_code,
        partner_changes.split_reason,
        partner_changes.volume_effect,
        partner_changes.supplier_mix_effect,
        partner_changes.price_effect,
        partner_changes.unsplit_effect,
        rerouting.suspect_gain_share,
        rerouting.rerouting_partner_code,
        rerouting.rerouting_share_before,
        rerouting.rerouting_share_after,
        {%- for side in ['before', 'after'] %}
        case
            when partner_changes.partner_code is not null
                then partner_changes.value_share_{{ side }}
            when pairs.is_comparable then 0
        end as value_share_{{ side }},
        case
            when pairs.value_share_without_mass > limits.max_value_without_mass then null
            when partner_changes.partner_code is not null
                then partner_changes.mass_share_{{ side }}
            when pairs.hhi_mass_{{ side }} is not null and pairs.is_comparable then 0
        end as mass_share_{{ side }},
        {%- endfor %}
        coalesce(watched.partner_code = pairs.top_supplier_before_iso3, false) as is_top_before,
        coalesce(watched.partner_code = pairs.top_supplier_after_iso3, false) as is_top_after,
        named_suppliers.partner_code is not null as is_named_supplier,
        pairs.coverage is not null or pairs.coverage_before is not null as is_partial_partner_list,
        coalesce(
            least(pairs.import_value_before_eur, pairs.import_value_after_eur)
            < limits.small_cell, false
        ) as is_small_cell,
        rerouting.partner_code is not null as has_rerouting_figures,
        contradicted.partner_code is not null as is_contradicted,
        contradicted.* exclude (pair_number, partner_code),
    from watched
    inner join pairs
        using (pair_number)
    cross join limits
    left join named_suppliers
        using (partner_code)
    left join partner_changes
        using (pair_number, partner_code)
    left join rerouting
        using (pair_number, partner_code)
    left join contradicted
        using (pair_number, partner_code)
),

-- Where part of the value is not listed, the true share lies between the listed part of it and
-- the share itself. Where sources disagree the change is either reading's.
bounded as (
    select
        *,
        value_share_after - value_share_before as value_share_change,
        least(
            least_coverage_after * value_share_after - value_share_before,
            coalesce(other_share_after_low, value_share_after)
            - coalesce(other_share_before_high, value_share_before)
        ) as change_low,
        greatest(
            value_share_after - least_coverage_before * value_share_before,
            coalesce(other_share_after_high, value_share_after)
            - coalesce(other_share_before_low, value_share_before)
        ) as change_high,
        mass_share_after - mass_share_before as mass_share_change,
        hhi_value_after - hhi_value_before as hhi_value_change,
        hhi_mass_after - hhi_mass_before as hhi_mass_change,
    from joined
),

final as (
    select
        *,
        case
            when not is_comparable then 'not_comparable'
            when is_small_cell then 'small_cell'
            -- Masses and suppliers of others are known of one reading alone.
            when
                is_contradicted
                and not (
                    (
                        change_low >= min_share_change
                        and coalesce(mass_share_change >= min_share_change, true)
                    )
                    or (change_low > -min_share_change and change_high < min_share_change)
                )
                then 'sources_disagree'
            when change_low >= min_share_change and mass_share_change < min_share_change
                then 'price_only'
            when change_low >= min_share_change then 'more_concentrated'
            when change_high <= -min_share_change and hhi_value_change >= min_hhi_change
                then 'concentrated_elsewhere'
            when change_high <= -min_share_change and mass_share_change > -min_share_change
                then 'price_only'
            when change_high <= -min_share_change and suspect_gain_share >= rerouting_min_gain_share
                then 'possibly_rerouted'
            when change_high <= -min_share_change then 'diversified'
            when change_low > -min_share_change and change_high < min_share_change
                then 'unchanged'
            else 'unclear'
        end as verdict,
    from bounded
)

select * from final

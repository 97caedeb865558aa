with

parted as (select * from {{ ref('int_change__supplier_parts') }}),

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
        case
            when parted.is_unknown then 'unknown_partner'
            when parted.value_before > 0 and parted.value_after > 0 then 'incumbent'
            when parted.value_before > 0 and parted.coverage is null then 'exit'
            when parted.value_before > 0 then 'no_longer_listed'
            when parted.coverage_before is null then 'entrant'
            else 'newly_listed'
        end as change_kind,
        case when parted.is_comparable then parted.split_reason end as split_reason,
        parted.value_share_before,
        parted.value_share_after,
        {%- for side in ['before', 'after'] %}
        case
            when parted.hhi_mass_{{ side }} is null or parted.is_unknown then null
            when parted.is_listed_{{ side }} then parted.mass_share_{{ side }}
            else 0
        end as mass_share_{{ side }},
        {%- endfor %}
        case
            when parted.is_comparable and not parted.is_unknown
                then {{ hhi_contribution('parted.known_share_before', 'parted.known_share_after') }}
        end as hhi_value_contribution,
        -- Who has no stated mass is left out of the HHI by mass: its part is zero there.
        case
            when
                parted.is_comparable
                and not parted.is_unknown
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
        -- A part of a supplier's value as a part of its share: with parts in units of the mean
        -- total, part - mean share * sum of the part over all suppliers. So parts of value that
        -- add up give parts of the share that add up.
        case
            when parted.is_comparable and parted.split_reason is null
                then (1 - parted.mean_share) * parted.volume_of_total
        end as volume_effect,
        case
            when parted.is_comparable and parted.split_reason is null
                then -parted.mean_share * (pair_sums.volume_sum - parted.volume_of_total)
        end as supplier_mix_effect,
        case
            when parted.is_comparable and parted.split_reason is null
                then
                    parted.change_of_total - parted.volume_of_total
                    - parted.mean_share * pair_sums.price_sum
        end as price_effect,
        case
            when parted.is_comparable and parted.split_reason is null
                then 0 - parted.mean_share * pair_sums.unsplit_sum
        end as unsplit_effect,
    from parted
    inner join pair_sums
        on parted.pair_number = pair_sums.pair_number
)

select * from final

{%- set pair_key = [
    'reporter_code', 'supplier_scope', 'source_id', 'nomenclature', 'product_code', 'period',
    'base_period',
] %}

with

pairs as (
    select * from {{ ref('int_change__pairs') }}
),

partner_changes as (
    select * from {{ ref('int_change__partner_changes') }}
),

suspects as (
    select * from {{ ref('int_change__suspects') }}
),

thresholds as (
    select * from {{ ref('stg_reference__change_thresholds') }}
),

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
    where lag_years = 2 and top_supplier_before_iso3 is not null
    union
    select
        pair_number,
        top_supplier_after_iso3 as partner_code,
    from pairs
    where lag_years = 2 and top_supplier_after_iso3 is not null
    union
    select
        pairs.pair_number,
        named_suppliers.partner_code,
    from pairs
    cross join named_suppliers
    where pairs.lag_years = 2
),

gains as (
    select
        pair_number,
        partner_code,
        {{ sum_of_parts('share_gain') }} as gain_sum,
        {{ sum_of_parts('share_gain', 'is_suspect') }} as suspect_gain,
    from suspects
    group by pair_number, partner_code
),

main_suspects as (
    select *
    from suspects
    where is_suspect
    qualify
        row_number() over (
            partition by pair_number, partner_code
            order by share_gain desc, gaining_partner_code
        ) = 1
),

joined as (
    select
        watched.pair_number,
        watched.partner_code,
        {%- for column in pair_key %}
        pairs.{{ column }},
        {%- endfor %}
        pairs.nomenclature_before,
        pairs.top_supplier_before_iso3,
        pairs.top_supplier_after_iso3,
        pairs.block_kind,
        pairs.block_reason,
        pairs.top_supplier_value_share_before,
        pairs.top_supplier_value_share_after,
        pairs.import_value_before_eur,
        pairs.import_value_after_eur,
        pairs.hhi_value_before,
        pairs.hhi_value_after,
        pairs.hhi_mass_before,
        pairs.hhi_mass_after,
        pairs.least_coverage_before,
        pairs.least_coverage_after,
        partner_changes.split_reason,
        partner_changes.volume_effect,
        partner_changes.supplier_mix_effect,
        partner_changes.price_effect,
        partner_changes.unsplit_effect,
        gains.suspect_gain / nullif(gains.gain_sum, 0) as suspect_gain_share,
        main_suspects.gaining_partner_code as rerouting_partner_code,
        main_suspects.dependence_before as rerouting_share_before,
        main_suspects.dependence_after as rerouting_share_after,
        -- A supplier missing from a list of all partners has the share zero.
        case
            when partner_changes.partner_code is not null then partner_changes.value_share_before
            when pairs.is_comparable then 0
        end as value_share_before,
        case
            when partner_changes.partner_code is not null then partner_changes.value_share_after
            when pairs.is_comparable then 0
        end as value_share_after,
        case
            when pairs.value_share_without_mass > limits.max_value_without_mass then null
            when partner_changes.partner_code is not null then partner_changes.mass_share_before
            when pairs.hhi_mass_before is not null and pairs.is_comparable then 0
        end as mass_share_before,
        case
            when pairs.value_share_without_mass > limits.max_value_without_mass then null
            when partner_changes.partner_code is not null then partner_changes.mass_share_after
            when pairs.hhi_mass_after is not null and pairs.is_comparable then 0
        end as mass_share_after,
        coalesce(watched.partner_code = pairs.top_supplier_before_iso3, false) as is_top_before,
        coalesce(watched.partner_code = pairs.top_supplier_after_iso3, false) as is_top_after,
        named_suppliers.partner_code is not null as is_named_supplier,
        pairs.coverage is not null or pairs.coverage_before is not null as is_partial_partner_list,
        coalesce(
            least(pairs.import_value_before_eur, pairs.import_value_after_eur)
            < limits.small_cell, false
        ) as is_small_cell,
        gains.partner_code is not null as has_rerouting_figures,
        pairs.is_comparable,
        limits.one_country_65,
        limits.min_share_change,
        limits.min_hhi_change,
        limits.small_cell,
        limits.rerouting_min_gain_share,
    from watched
    inner join pairs
        on watched.pair_number = pairs.pair_number
    cross join limits
    left join named_suppliers
        on watched.partner_code = named_suppliers.partner_code
    {%- for other in ['partner_changes', 'gains', 'main_suspects'] %}
    left join {{ other }}
        on
            watched.pair_number = {{ other }}.pair_number
            and watched.partner_code = {{ other }}.partner_code
    {%- endfor %}
),

-- Where part of the value is not listed, the true share lies between the listed part of it and
-- the share itself.
bounded as (
    select
        *,
        value_share_after - value_share_before as value_share_change,
        least_coverage_after * value_share_after - value_share_before as change_low,
        value_share_after - least_coverage_before * value_share_before as change_high,
        mass_share_after - mass_share_before as mass_share_change,
        hhi_value_after - hhi_value_before as hhi_value_change,
        hhi_mass_after - hhi_mass_before as hhi_mass_change,
    from joined
),

judged as (
    select
        *,
        case
            when not is_comparable then 'not_comparable'
            when is_small_cell then 'small_cell'
            when change_low >= min_share_change
                then
                    case
                        when mass_share_change < min_share_change then 'price_only'
                        else 'more_concentrated'
                    end
            when change_high <= -min_share_change
                then
                    case
                        when hhi_value_change >= min_hhi_change then 'more_concentrated'
                        when mass_share_change > -min_share_change then 'price_only'
                        when suspect_gain_share >= rerouting_min_gain_share
                            then 'possibly_rerouted'
                        else 'diversified'
                    end
            when change_low > -min_share_change and change_high < min_share_change
                then 'unchanged'
            else 'unclear'
        end as verdict,
    from bounded
),

worded as (
    select
        *,
        partner_code || ' went from '
        || printf('%.1f', 100 * value_share_before) || ' to '
        || printf('%.1f', 100 * value_share_after) || ' % by value'
        || coalesce(
            ' and from ' || printf('%.1f', 100 * mass_share_before) || ' to '
            || printf('%.1f', 100 * mass_share_after) || ' % by mass',
            ', by mass unknown'
        ) as movement,
    from judged
),

final as (
    select
        pair_number,
        {%- for column in pair_key %}
        {{ column }},
        {%- endfor %}
        partner_code as partner_iso3,
        nomenclature_before,
        top_supplier_before_iso3,
        top_supplier_after_iso3,
        case
            when is_comparable
                then {{ crossing_of('value_share_before', 'value_share_after', 'one_country_65') }}
        end as crossing_65,
        verdict,
        case verdict
            when 'not_comparable' then block_reason
            when 'small_cell'
                then
                    movement || '; imports are below EUR '
                    || cast(cast(small_cell as integer) as varchar) || ' in one of the years'
            when 'unchanged'
                then
                    movement || '; less than '
                    || cast(cast(round(100 * min_share_change) as integer) as varchar)
                    || ' percentage points by value'
                    || case
                        when abs(mass_share_change) >= min_share_change then ', but not by mass'
                        else ''
                    end
            when 'unclear'
                then
                    movement || '; the list of partners is partial, and its bounds allow more '
                    || 'than one answer'
            when 'more_concentrated'
                then
                    movement
                    || case
                        when value_share_change < 0
                            then
                                '; the HHI rose by ' || printf('%.3f', hhi_value_change)
                                || ' as other suppliers took more'
                        else ''
                    end
            when 'price_only'
                then movement || '; the change by value is one of unit values, not of quantities'
            when 'possibly_rerouted'
                then
                    movement || '; ' || printf('%.0f', 100 * suspect_gain_share)
                    || ' % of what others gained went to countries that buy mainly from '
                    || partner_code || ', most to ' || rerouting_partner_code
            else movement || '; others supply the rest'
        end as verdict_reason,
        -- What the verdict does not know. Only a fall asks for rerouting.
        case
            when verdict in ('not_comparable', 'small_cell', 'unclear') then 'no verdict'
            else
                coalesce(
                    nullif(
                        concat_ws(
                            '; ',
                            case
                                when is_partial_partner_list
                                    then 'partial partner list, holds at its bounds'
                            end,
                            case
                                when mass_share_change is null then 'mass unknown'
                            end,
                            case
                                when verdict = 'diversified' and not has_rerouting_figures
                                    then 'rerouting not checked'
                            end
                        ),
                        ''
                    ),
                    'complete'
                )
        end as certainty,
        rerouting_partner_code as rerouting_partner_iso3,
        block_kind,
        split_reason,
        {%- for column in [
            'import_value_before_eur', 'import_value_after_eur',
            'top_supplier_value_share_before', 'top_supplier_value_share_after',
            'value_share_before', 'value_share_after', 'mass_share_before', 'mass_share_after',
        ] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        {%- for column in [
            'value_share_change', 'mass_share_change', 'volume_effect', 'supplier_mix_effect',
            'price_effect', 'unsplit_effect', 'hhi_value_change', 'hhi_mass_change',
        ] %}
        case when is_comparable then {{ published_part(column) }} end as {{ column }},
        {%- endfor %}
        case when is_comparable then {{ published_part('hhi_value_change - hhi_mass_change') }} end
            as hhi_value_less_mass_change,
        {%- for column in [
            'suspect_gain_share', 'rerouting_share_before', 'rerouting_share_after',
        ] %}
        {{ significant(column) }} as {{ column }},
        {%- endfor %}
        is_top_before,
        is_top_after,
        is_named_supplier,
        is_partial_partner_list,
        is_small_cell,
    from worded
)

-- Numbered by reporter, product, source, nomenclature, the two periods and scope.
select * exclude (pair_number) from final
order by pair_number, partner_iso3

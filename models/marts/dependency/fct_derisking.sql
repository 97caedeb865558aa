with

watched_suppliers as (select * from {{ ref('int_change__watched_suppliers') }}),

countries as (
    select
        iso3,
        country_name,
    from {{ ref('stg_reference__countries') }}
),

named as (
    select
        watched_suppliers.*,
        coalesce(suppliers.country_name, watched_suppliers.partner_code) as supplier,
        coalesce(reroutes.country_name, watched_suppliers.rerouting_partner_code)
            as rerouting_partner,
    from watched_suppliers
    left join countries as suppliers
        on watched_suppliers.partner_code = suppliers.iso3
    left join countries as reroutes
        on watched_suppliers.rerouting_partner_code = reroutes.iso3
),

worded as (
    select
        *,
        supplier || ' went from '
        || printf('%.1f', 100 * value_share_before) || ' to '
        || printf('%.1f', 100 * value_share_after) || '% by value'
        || coalesce(
            ' and from ' || printf('%.1f', 100 * mass_share_before) || ' to '
            || printf('%.1f', 100 * mass_share_after) || '% by mass',
            ', by mass unknown'
        )
        || if(
            is_contradicted,
            {%- for side, word in [
                ('before', '; by the source that disagrees from '), ('after', ' to '),
            ] %}
            '{{ word }}' || coalesce(
                {{ share_in_words(
                    'other_share_' ~ side ~ '_low', 'other_share_' ~ side ~ '_high'
                ) }},
                printf('%.1f%%', 100 * value_share_{{ side }})
            ){{ ' ||' if not loop.last }}
            {%- endfor %},
            ''
        ) as movement,
    from named
),

final as (
    select
        pair_number,
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        base_period,
        partner_code as partner_iso3,
        source_id_before,
        nomenclature_before,
        top_supplier_before_iso3,
        top_supplier_after_iso3,
        case
            when is_comparable and not is_contradicted
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
            when 'sources_disagree'
                then
                    movement || '; a verdict would turn with the source: '
                    || concat_ws(
                        '; ', base_period || ': ' || other_reading_before,
                        period || ': ' || other_reading_after
                    )
            when 'more_concentrated' then movement
            when 'concentrated_elsewhere'
                then
                    movement || '; the HHI rose by ' || printf('%.3f', hhi_value_change)
                    || ' as other suppliers took more'
            when 'price_only'
                then movement || '; the change by value is one of unit values, not of quantities'
            when 'possibly_rerouted'
                then
                    movement || '; ' || printf('%.0f', 100 * suspect_gain_share)
                    || '% of what others gained went to countries that buy mainly from '
                    || supplier || ', most to ' || rerouting_partner
            else movement || '; others supply the rest'
        end as verdict_reason,
        -- What the verdict does not know. Only a fall asks for rerouting.
        case
            when verdict in ('not_comparable', 'small_cell', 'unclear') then 'no verdict'
            when is_contradicted then 'sources_disagree'
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
            'other_share_before_low', 'other_share_before_high',
            'other_share_after_low', 'other_share_after_high',
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

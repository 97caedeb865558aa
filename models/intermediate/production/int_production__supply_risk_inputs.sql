with

printed_inputs as (select * from {{ ref('int_production__printed_risk_inputs') }}),
stated as (select * from {{ ref('stg_production__crm2023_inputs') }}),
history as (select * from {{ ref('stg_production__criticality_history') }}),
recycling as (select * from {{ ref('int_production__recycling_rates') }}),
material_names as (select * from {{ ref('material_names') }}),
supply_hhis as (select * from {{ ref('int_production__supply_hhis') }}),
balances as (select * from {{ ref('int_production__eu27_balances') }}),

-- 2023 and our own years: HHIs from shares. Both sides meet by name, whatever its capitals.
sides as (
    select
        assessment_id,
        coalesce(
            max(material) filter (where supply_side = 'global'), max(material)
        ) as material,
        stage,
        coalesce(
            max(governance_year) filter (where supply_side = 'global'), max(governance_year)
        ) as governance_year,
        {%- for side in ['global', 'eu'] %}
        max(hhi_wgi_t) filter (where supply_side = '{{ side }}') as hhi_{{ side }},
        max(hhi_wgi_t_low) filter (where supply_side = '{{ side }}') as hhi_{{ side }}_low,
        max(hhi_wgi_t_high) filter (where supply_side = '{{ side }}') as hhi_{{ side }}_high,
        max(hhi) filter (where supply_side = '{{ side }}') as plain_hhi_{{ side }},
        bool_or(supply_side = '{{ side }}') as has_{{ side }},
        {%- endfor %}
    from supply_hhis
    group by assessment_id, lower(material), stage
),

published as (
    select
        lower(coalesce(material_names.material, history.material)) as material_key,
        max(cast(history.supply_risk as double)) as supply_risk,
    from history
    left join material_names
        on
            history.material = material_names.name_in_list
            and material_names.list_id = 'crm_criticality_history'
    where history.assessment_year = 2023
    group by all
),

balances_by_material as (
    select
        'own_' || balances.year as assessment_id,
        lower(coalesce(material_names.material, balances.mineral)) as material_key,
        balances.import_reliance,
        coalesce(
            balances.trade_reason,
            case
                when balances.import_reliance is null
                    then 'apparent consumption is not above zero'
            end
        ) as trade_reason,
    from balances
    left join material_names
        on
            balances.mineral = material_names.name_in_list
            and material_names.list_id = 'wmd_production'
),

-- Where the study has shares of one side only, its method falls back on that side. Where it
-- has both and the mode is not stated, any mixture is possible.
with_inputs as (
    select
        sides.*,
        starts_with(sides.assessment_id, 'own_') as is_own,
        case
            when starts_with(sides.assessment_id, 'own_') then 'global_and_eu'
            when stated.is_eu_sourcing_wrong then 'not_stated'
            when stated.supply_mode is not null then stated.supply_mode
            when sides.has_global and sides.has_eu then 'not_known'
            when sides.has_global then 'global_only'
            else 'eu_only'
        end as supply_mode,
        stated.supply_mode is not null as is_mode_stated,
        stated.source as stated_source,
        stated.confidence as stated_confidence,
        coalesce(stated.is_eu_sourcing_wrong, false) as is_known_bad_input,
        coalesce(stated.is_fitted_to_print, false) as is_fitted_to_print,
        case
            when stated.is_eu_sourcing_wrong then 'EU sourcing in the file is known to be wrong'
            else balances_by_material.trade_reason
        end as input_reason,
        coalesce(balances_by_material.import_reliance, cast(stated.import_reliance as double))
            as reliance_unclamped,
        coalesce(recycling.eol_rir, cast(stated.eol_rir as double)) as eol_rir,
        recycling.eol_rir is null and stated.eol_rir is not null as is_eol_rir_stated,
        case when not starts_with(sides.assessment_id, 'own_') then published.supply_risk end
            as published_supply_risk,
    from sides
    left join stated
        on
            sides.assessment_id = 'ec2023'
            and lower(sides.material) = lower(stated.material)
            and sides.stage = stated.stage
    left join balances_by_material
        on
            sides.assessment_id = balances_by_material.assessment_id
            and lower(sides.material) = balances_by_material.material_key
    left join recycling
        on lower(sides.material) = recycling.material_key
    left join published
        on lower(sides.material) = published.material_key
),

from_shares as (
    select
        assessment_id,
        material,
        stage,
        supply_mode,
        case
            when is_own then 'assumed: global supply and EU sourcing'
            when is_known_bad_input then 'not known'
            when is_mode_stated then stated_confidence || ': ' || stated_source
            when supply_mode = 'not_known' then 'not known: any mixture of both sides'
            else 'inferred: the study has shares of one side only'
        end as supply_mode_source,
        case
            when not has_global then 'not in the study'
            when is_own then 'own production and trade'
            else 'shares of the 2023 study'
        end as hhi_global_source,
        case
            when is_own and has_eu then 'own production and trade'
            when is_own then 'not known'
            when not has_eu then 'not in the study'
            else 'shares of the 2023 study'
        end as hhi_eu_source,
        case
            when is_own and reliance_unclamped is not null then 'own production and trade'
            when reliance_unclamped is not null then stated_confidence || ': ' || stated_source
            else 'not known: bounds 0 to 1'
        end as import_reliance_source,
        case
            when eol_rir is null then 'not known: bounds 0 to 1'
            when is_eol_rir_stated then stated_confidence || ': ' || stated_source
            else 'SCRREEN factsheets'
        end as eol_rir_source,
        'assumed 1: not at hand (bounds 0.7 to 1)' as si_sr_source,
        'World Bank WGI of ' || governance_year as governance_source,
        case
            when is_own then '2023 study where it names the country, else 0.8 for EU members and 1'
            else 'of the 2023 study'
        end as trade_parameter_source,
        input_reason,
        hhi_global,
        hhi_global_low,
        hhi_global_high,
        hhi_eu,
        hhi_eu_low,
        hhi_eu_high,
        plain_hhi_global,
        plain_hhi_eu,
        reliance_unclamped as import_reliance_unclamped,
        {{ clamped_share('reliance_unclamped') }} as import_reliance,
        coalesce({{ clamped_share('reliance_unclamped') }}, 0) as import_reliance_low,
        coalesce({{ clamped_share('reliance_unclamped') }}, 1) as import_reliance_high,
        eol_rir,
        coalesce(eol_rir, 0) as eol_rir_low,
        coalesce(eol_rir, 1) as eol_rir_high,
        1.0 as si_sr,
        0.7 as si_sr_low,
        1.0 as si_sr_high,
        published_supply_risk,
        0.05 as published_half_unit,
        is_known_bad_input,
        is_fitted_to_print,
        -- Substitution is not at hand for any of them.
        true as has_unknown_input,
    from with_inputs
),

final as (
    select * from printed_inputs
    union all by name
    select * from from_shares
)

select * from final

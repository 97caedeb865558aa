with

printed as (select * from {{ ref('stg_production__crm2017_inputs') }}),

-- What the rounding of each printed input leaves open: half a unit of the last printed place. The
-- study prints so many decimals at least. A longer text is taken at its word, and zeros that a
-- program added ("100.0" for 100 %) are no printed places.
printed_bounds as (
    select
        *,
        {%- for stem, text, least_places, units in [
            ('hhi_global', 'hhi_global_text', 1, 1),
            ('hhi_eu', 'hhi_eu_text', 1, 1),
            ('si_sr', 'si_sr_text', 1, 1),
            ('import_reliance', 'import_reliance_pct_text', 0, 100),
            ('eol_rir', 'eol_rir_pct_text', 0, 100),
            ('supply_risk', 'supply_risk_text', 1, 1),
        ] %}
        0.5 * power(
            10,
            -greatest(
                {{ least_places }},
                length(rtrim(regexp_extract(trim({{ text }}), '\.([0-9]*)$', 1), '0'))
            )
        ) / {{ units }} as {{ stem }}_half,
        {%- endfor %}
    from printed
),

final as (
    select
        'ec2017' as assessment_id,
        material,
        stage,
        supply_mode,
        case
            when supply_mode = 'not_known' then 'not known: any mixture of both sides'
            else 'printed'
        end as supply_mode_source,
        case when hhi_global is null then 'not printed' else 'printed' end as hhi_global_source,
        case when hhi_eu is null then 'not printed' else 'printed' end as hhi_eu_source,
        case
            when import_reliance is not null then 'printed'
            when supply_mode in ('global_only', 'eu_only') then 'not printed and not needed'
            else 'not known: bounds 0 to 1'
        end as import_reliance_source,
        case when eol_rir is null then 'not known: bounds 0 to 1' else 'printed' end
            as eol_rir_source,
        case when si_sr is null then 'not known: bounds 0.7 to 1' else 'printed' end
            as si_sr_source,
        'of the study' as governance_source,
        'of the study' as trade_parameter_source,
        hhi_global,
        case when hhi_global < hhi_global_half then 0 else hhi_global - hhi_global_half end
            as hhi_global_low,
        hhi_global + hhi_global_half as hhi_global_high,
        hhi_eu,
        case when hhi_eu < hhi_eu_half then 0 else hhi_eu - hhi_eu_half end as hhi_eu_low,
        hhi_eu + hhi_eu_half as hhi_eu_high,
        {{ clamped_share('import_reliance') }} as import_reliance,
        coalesce({{ clamped_share('import_reliance - import_reliance_half') }}, 0)
            as import_reliance_low,
        coalesce({{ clamped_share('import_reliance + import_reliance_half') }}, 1)
            as import_reliance_high,
        eol_rir,
        coalesce({{ clamped_share('eol_rir - eol_rir_half') }}, 0) as eol_rir_low,
        coalesce({{ clamped_share('eol_rir + eol_rir_half') }}, 1) as eol_rir_high,
        si_sr,
        coalesce({{ clamped_share('si_sr - si_sr_half') }}, 0.7) as si_sr_low,
        coalesce({{ clamped_share('si_sr + si_sr_half') }}, 1) as si_sr_high,
        supply_risk as published_supply_risk,
        supply_risk_half as published_half_unit,
        false as is_known_bad_input,
        false as is_fitted_to_print,
        supply_mode = 'not_known'
        or eol_rir is null
        or si_sr is null
        or supply_mode = 'global_and_eu' and import_reliance is null as has_unknown_input,
    from printed_bounds
)

select * from final

with

crm2017_assessment_inputs as (select * from {{ ref('crm2017_assessment_inputs') }}),

-- Figures stay text beside their numbers: the rounding of the print is part of what they say.
renamed as (
    select
        material,
        lower(trim(stage)) as stage,
        case
            when contains(upper(supply_data), 'GS') and contains(upper(supply_data), 'EU')
                then 'global_and_eu'
            when contains(upper(supply_data), 'GS') then 'global_only'
            when contains(upper(supply_data), 'EU') then 'eu_only'
            when nullif(trim(supply_data), '') is null then 'not_known'
            else 'not_understood'
        end as supply_mode,
        hhi_wgi_t_gs as hhi_global_text,
        hhi_wgi_t_eu28 as hhi_eu_text,
        si_sr as si_sr_text,
        ir_pct as import_reliance_pct_text,
        eol_rir_pct as eol_rir_pct_text,
        sr_published as supply_risk_text,
        ei_published as economic_importance_text,
        try_cast(hhi_wgi_t_gs as double) as hhi_global,
        try_cast(hhi_wgi_t_eu28 as double) as hhi_eu,
        try_cast(si_sr as double) as si_sr,
        try_cast(ir_pct as double) / 100 as import_reliance,
        try_cast(eol_rir_pct as double) / 100 as eol_rir,
        try_cast(sr_published as double) as supply_risk,
    from crm2017_assessment_inputs
)

select * from renamed

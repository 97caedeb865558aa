with

supply_risks as (select * from {{ ref('int_production__supply_risks') }}),

-- The stage with the larger supply risk is the bottleneck. Without central values the bounds
-- may still decide; otherwise it is not known.
compared as (
    select
        *,
        case
            when count(*) over material_stages = 1 then true
            when count(supply_risk) over material_stages = count(*) over material_stages
                then
                    row_number() over (
                        partition by assessment_id, material
                        order by supply_risk desc, stage asc
                    ) = 1
            when count(supply_risk_low) over material_stages < count(*) over material_stages
                then null
            when supply_risk_low > max(supply_risk_high) over other_stages then true
            when supply_risk_high < max(supply_risk_low) over other_stages then false
        end as is_bottleneck,
    from supply_risks
    window
        material_stages as (partition by assessment_id, material),
        other_stages as (
            partition by assessment_id, material
            order by stage
            rows between unbounded preceding and unbounded following exclude current row
        )
),

judged as (
    select
        *,
        case
            when is_bottleneck
                then
                    published_supply_risk + published_half_unit >= supply_risk_low
                    and published_supply_risk - published_half_unit <= supply_risk_high
        end as is_published_within_bounds,
    from compared
),

final as (
    select
        assessment_id,
        material,
        stage,
        group_id,
        case when supply_mode = 'not_stated' then 'not_known' else supply_mode end as supply_mode,
        supply_mode_source,
        hhi_global_source,
        hhi_eu_source,
        governance_source,
        trade_parameter_source,
        import_reliance_source,
        eol_rir_source,
        si_sr_source,
        case
            when supply_risk is null
                then
                    coalesce(
                        input_reason,
                        nullif(
                            concat_ws(
                                '; ',
                                case
                                    when supply_mode in ('not_known', 'not_stated')
                                        then 'supply mode not known'
                                end,
                                case
                                    when hhi_global is null and supply_mode <> 'eu_only'
                                        then 'HHI of global supply not known'
                                end,
                                case
                                    when hhi_eu is null and supply_mode <> 'global_only'
                                        then 'HHI of EU sourcing not known'
                                end,
                                case
                                    when
                                        import_reliance is null
                                        and supply_mode in ('global_and_eu', 'not_known')
                                        then 'import reliance not known'
                                end,
                                case when eol_rir is null then 'recycling rate not known' end,
                                case when si_sr is null then 'substitution not known' end
                            ), ''
                        )
                    )
        end as reason,
        -- A figure whose inputs were chosen by the print is never one that was reproduced.
        case
            when is_published_within_bounds is null then null
            when is_fitted_to_print then 'fitted'
            when not is_published_within_bounds then 'differs'
            when has_unknown_input then 'within_bounds'
            else 'reproduced'
        end as published_comparison,
        {{ significant('hhi_global') }} as hhi_wgi_t_global,
        {{ significant('hhi_eu') }} as hhi_wgi_t_eu,
        {{ significant('plain_hhi_global') }} as hhi_global,
        {{ significant('plain_hhi_eu') }} as hhi_eu,
        {{ significant('import_reliance') }} as import_reliance,
        {{ significant('import_reliance_unclamped') }} as import_reliance_unclamped,
        {{ significant('eol_rir') }} as eol_rir,
        {{ significant('si_sr') }} as si_sr,
        {{ significant('supply_risk') }} as supply_risk,
        {{ significant('supply_risk_low') }} as supply_risk_low,
        {{ significant('supply_risk_high') }} as supply_risk_high,
        cast(published_supply_risk as double) as published_supply_risk,
        case
            when is_bottleneck then {{ significant('supply_risk - published_supply_risk') }}
        end as difference,
        is_published_within_bounds,
        is_bottleneck,
        is_known_bad_input,
        is_group,
    from judged
)

select * from final
order by assessment_id, material, stage

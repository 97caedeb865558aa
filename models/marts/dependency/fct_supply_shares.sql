with

supply_shares as (
    select * from {{ ref('int_production__supply_shares') }}
),

final as (
    select
        assessment_id,
        supply_side,
        material,
        stage,
        country_iso3,
        trade_parameter_source,
        share,
        share_low,
        share_high,
        trade_parameter_t,
        governance_year,
        governance_score,
    from supply_shares
)

select * from final
order by assessment_id, supply_side, material, stage, country_iso3

with

supply_shares as (select * from {{ ref('int_production__supply_shares') }}),

-- Governance between 0 and 10 is all that is known of a country without a score.
final as (
    select
        assessment_id,
        supply_side,
        material,
        stage,
        governance_year,
        {{ governance_weighted_hhi('share', 'governance_score', 'trade_parameter_t') }}
            as hhi_wgi_t,
        {{ governance_weighted_hhi('share_low', 'governance_score', 'trade_parameter_t', 0) }}
            as hhi_wgi_t_low,
        {{ governance_weighted_hhi('share_high', 'governance_score', 'trade_parameter_t', 10) }}
            as hhi_wgi_t_high,
        {{ sum_of_squared_shares('share') }} as hhi,
        cast(max(share) as double) as top_share,
    from supply_shares
    group by assessment_id, supply_side, material, stage, governance_year
)

select * from final

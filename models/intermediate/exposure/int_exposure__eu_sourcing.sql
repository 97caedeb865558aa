with

supply_shares as (select * from {{ ref('int_production__supply_shares') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- The 2023 study: what reaches the EU from each country, members' own output included.
sourcing as (
    select
        supply_shares.material,
        supply_shares.stage,
        supply_shares.country_iso3,
        supply_shares.share_low,
        supply_shares.share_high,
        members.member_iso3 is null as is_foreign,
    from supply_shares
    left join members
        on supply_shares.country_iso3 = members.member_iso3
    where
        supply_shares.assessment_id = 'ec2023'
        and supply_shares.supply_side = 'eu'
),

stages as (
    select
        material,
        stage,
        -- What the study does not say who it is from; printed shares are rounded and may add to
        -- more than one.
        greatest(0, 1 - sum(share_low)) as share_not_printed,
        coalesce(sum(share_low) filter (where is_foreign), 0) as foreign_share,
    from sourcing
    group by material, stage
),

countries as (
    select
        material,
        country_iso3,
    from sourcing
    where is_foreign
    union
    select
        material,
        'CHN' as country_iso3,
    from stages
),

final as (
    select
        stages.material,
        stages.stage,
        countries.country_iso3,
        coalesce(sourcing.share_low, 0) as share_low,
        least(1, coalesce(sourcing.share_high, 0) + stages.share_not_printed) as share_high,
        least(1, stages.foreign_share) as foreign_share_low,
        least(1, stages.foreign_share + stages.share_not_printed) as foreign_share_high,
    from stages
    inner join countries
        using (material)
    left join sourcing
        using (material, stage, country_iso3)
)

select * from final

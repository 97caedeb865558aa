with

uses as (select * from {{ ref('int_exposure__material_uses') }}),
sourcing as (select * from {{ ref('int_exposure__eu_sourcing') }}),
costs as (select * from {{ ref('int_exposure__material_costs') }}),
parameters as (select * from {{ ref('ces_parameters') }}),

-- Named for the side of the parameter's range; a high sigma makes for a low loss.
assumed as (
    select
        max(value) filter (where parameter = 'sigma' and bound = 'low') as sigma_low,
        max(value) filter (where parameter = 'sigma' and bound = 'high') as sigma_high,
        max(value) filter (where parameter = 'alpha' and bound = 'low') as unknown_alpha_low,
        max(value) filter (where parameter = 'alpha' and bound = 'high') as unknown_alpha_high,
    from parameters
),

-- At least one stage is what the division buys; at most both are lost, refined in the country or
-- made of its ore.
shocks as (
    select
        material,
        country_iso3 as shock_country_iso3,
        cast(min(share_low) as double) as shock_low,
        1 - (1 - cast(min(share_high) as double))
        * case when count(*) > 1 then 1 - cast(max(share_high) as double) else 1 end
            as shock_high,
        string_agg(stage, ', ' order by stage) as stages,
    from sourcing
    group by material, country_iso3
),

foreign_supply as (
    select
        material,
        cast(min(foreign_share_low) as double) as foreign_share_low,
    from sourcing
    group by material
),

-- A material without sourcing figures has one row, for China, whose shock is not known.
cases as (
    select
        uses.*,
        coalesce(shocks.shock_country_iso3, 'CHN') as shock_country_iso3,
        shocks.shock_low,
        shocks.shock_high,
        shocks.stages,
        foreign_supply.foreign_share_low,
        cast(costs.import_value_low_eur as double) as import_value_low_eur,
        cast(costs.import_value_high_eur as double) as import_value_high_eur,
        assumed.*,
    from uses
    cross join assumed
    left join shocks
        on uses.material = shocks.material
    left join foreign_supply
        on uses.material = foreign_supply.material
    left join costs
        on uses.material = costs.material
),

cost_shares as (
    select
        *,
        import_value_low_eur * cast(use_share_low as double)
        / nullif(1e6 * cast(value_added_meur as double), 0) as computed_alpha_low,
        import_value_high_eur / nullif(foreign_share_low, 0) * cast(use_share_high as double)
        / nullif(1e6 * cast(value_added_meur as double), 0) as computed_alpha_high,
    from cases
),

ranges as (
    select
        *,
        least(1, coalesce(computed_alpha_low, unknown_alpha_low)) as alpha_low,
        least(1, coalesce(computed_alpha_high, unknown_alpha_high)) as alpha_high,
    from cost_shares
),

losses as (
    select
        *,
        {{ ces_loss('alpha_low', 'sigma_high', 'shock_low') }} as loss_low,
        {{ ces_loss('alpha_high', 'sigma_low', 'shock_high') }} as loss_high,
    from ranges
),

final as (
    select
        material,
        nace_division,
        shock_country_iso3,
        nace_label,
        stages,
        case
            when shock_low is null then 'the study has no sourcing figures'
            when value_added_meur is null then 'the use has no division'
        end as reason,
        cast(value_added_meur as double) as value_added_meur,
        cast(use_share_low as double) as use_share_low,
        cast(use_share_high as double) as use_share_high,
        {{ significant('import_value_low_eur') }} as import_value_low_eur,
        {{ significant('import_value_high_eur') }} as import_value_high_eur,
        case when computed_alpha_low is null then 'assumed' else 'computed' end
            as alpha_low_basis,
        case when computed_alpha_high is null then 'assumed' else 'computed' end
            as alpha_high_basis,
        {{ significant('alpha_low') }} as alpha_low,
        {{ significant('alpha_high') }} as alpha_high,
        sigma_low,
        sigma_high,
        {{ significant('shock_low') }} as shock_low,
        {{ significant('shock_high') }} as shock_high,
        {{ significant('loss_low') }} as loss_share_low,
        {{ significant('loss_high') }} as loss_share_high,
        {{ significant('loss_low * cast(value_added_meur as double)') }}
            as value_added_lost_low_meur,
        {{ significant('loss_high * cast(value_added_meur as double)') }}
            as value_added_lost_high_meur,
    from losses
)

select * from final
order by material, nace_division, shock_country_iso3

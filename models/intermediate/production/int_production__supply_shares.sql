with

global_supply as (select * from {{ ref('stg_production__crm2023_global_supply') }}),
eu_sourcing as (select * from {{ ref('crm2023_eu_sourcing_shares') }}),
material_names as (select * from {{ ref('material_names') }}),
mine_output as (select * from {{ ref('int_production__mine_output') }}),
mineral_trade as (select * from {{ ref('int_production__mineral_trade') }}),
balances as (select * from {{ ref('int_production__eu27_balances') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),
scores as (select * from {{ ref('int_governance__scores') }}),

last_scores as (
    select max(year) as year from scores
),

printed as (
    select
        'global' as supply_side,
        material,
        stage,
        producer_iso3 as country_iso3,
        cast(share as decimal(18, 12)) as share,
        cast(trade_parameter_t as decimal(6, 3)) as trade_parameter_t,
        is_below_detection,
    from global_supply
    union all
    select
        'eu' as supply_side,
        coalesce(material_names.material, eu_sourcing.material) as material,
        eu_sourcing.stage,
        eu_sourcing.iso3 as supplier_iso3,
        eu_sourcing.share,
        eu_sourcing.trade_parameter_t,
        eu_sourcing.is_below_detection,
    from eu_sourcing
    left join material_names
        on
            eu_sourcing.material = material_names.name_in_list
            and material_names.list_id = 'crm2023_eu_sourcing'
),

-- One country may be spelt twice: its shares are added before they are squared. "Below 0.1 %"
-- counts as nothing and at most as the bound (the file holds half of it).
study_shares as (
    select
        'ec2023' as assessment_id,
        supply_side,
        material,
        stage,
        country_iso3,
        '2023 study' as trade_parameter_source,
        2019 as governance_year,
        sum(case when is_below_detection then 0 else share end) as share,
        sum(case when is_below_detection then 0 else share end) as share_low,
        sum(case when is_below_detection then 2 * share else share end) as share_high,
        max(trade_parameter_t) as trade_parameter_t,
    from printed
    group by supply_side, material, stage, country_iso3
),

study_parameters as (
    select
        lower(material) as material_key,
        stage,
        country_iso3,
        max(trade_parameter_t) as trade_parameter_t,
    from study_shares
    group by all
),

-- World production, and what reaches the EU: members' own output, each as its own country,
-- and imports from outside.
reaching as (
    select
        'global' as supply_side,
        mineral,
        producer_iso3 as country_iso3,
        year,
        quantity_tonnes,
    from mine_output
    union all
    select
        'eu' as supply_side,
        mine_output.mineral,
        mine_output.producer_iso3 as country_iso3,
        mine_output.year,
        mine_output.quantity_tonnes,
    from mine_output
    inner join members
        on mine_output.producer_iso3 = members.member_iso3
    union all
    select
        'eu' as supply_side,
        mineral_trade.mineral,
        mineral_trade.exporter_iso3 as country_iso3,
        mineral_trade.year,
        mineral_trade.quantity_tonnes,
    from mineral_trade
    inner join members as importers
        on mineral_trade.importer_iso3 = importers.member_iso3
    anti join members as exporters
        on mineral_trade.exporter_iso3 = exporters.member_iso3
),

own_sums as (
    select
        reaching.supply_side,
        reaching.mineral,
        reaching.country_iso3,
        reaching.year,
        sum(reaching.quantity_tonnes) as quantity_tonnes,
    from reaching
    inner join balances
        on reaching.mineral = balances.mineral and reaching.year = balances.year
    where
        reaching.quantity_tonnes > 0
        and (reaching.supply_side = 'global' or balances.trade_reason is null)
    group by all
),

own_shares as (
    select
        'own_' || own_sums.year as assessment_id,
        own_sums.supply_side,
        coalesce(material_names.material, own_sums.mineral) as material,
        'extraction' as stage,
        own_sums.country_iso3,
        least(own_sums.year, last_scores.year) as governance_year,
        cast(
            cast(own_sums.quantity_tonnes as double)
            / cast(
                sum(own_sums.quantity_tonnes) over (
                    partition by own_sums.supply_side, own_sums.mineral, own_sums.year
                ) as double
            ) as decimal(18, 12)
        ) as share,
    from own_sums
    cross join last_scores
    left join material_names
        on
            own_sums.mineral = material_names.name_in_list
            and material_names.list_id = 'wmd_production'
),

own_with_parameters as (
    select
        own_shares.*,
        case
            when study_parameters.trade_parameter_t is not null then '2023 study'
            else 'assumed 0.8 for EU members and 1 otherwise'
        end as trade_parameter_source,
        own_shares.share as share_low,
        own_shares.share as share_high,
        coalesce(
            study_parameters.trade_parameter_t,
            case when members.member_iso3 is not null then 0.8 else 1 end
        ) as trade_parameter_t,
    from own_shares
    left join study_parameters
        on
            lower(own_shares.material) = study_parameters.material_key
            and own_shares.stage = study_parameters.stage
            and own_shares.country_iso3 = study_parameters.country_iso3
    left join members
        on own_shares.country_iso3 = members.member_iso3
),

all_shares as (
    select * from own_with_parameters
    union all by name
    select * from study_shares
),

final as (
    select
        all_shares.*,
        scores.governance_score,
    from all_shares
    left join scores
        on
            all_shares.country_iso3 = scores.country_iso3
            and all_shares.governance_year = scores.year
)

select * from final

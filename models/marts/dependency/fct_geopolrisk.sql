with

weighted as (select * from {{ ref('int_dependency__mineral_imports') }}),
mine_output as (select * from {{ ref('int_production__mine_output') }}),
concentration as (select * from {{ ref('fct_production_concentration') }}),
trade_codes as (select * from {{ ref('stg_production__mineral_trade_codes') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

codes as (
    select
        mineral,
        string_agg(distinct nomenclature, ', ' order by nomenclature) as nomenclature,
        string_agg(hs6_code, ', ' order by hs6_code) as hs6_codes,
        bool_and(code_match = 'exact') as is_isolated,
        bool_and(is_comparable) as is_comparable,
    from trade_codes
    group by mineral
),

domestic as (
    select
        producer_iso3 as reporter_code,
        mineral,
        year,
        sum(quantity_tonnes) as quantity_tonnes,
    from mine_output
    group by producer_iso3, mineral, year
    union all
    select
        'EU27' as reporter_code,
        mine_output.mineral,
        mine_output.year,
        sum(mine_output.quantity_tonnes) as quantity_tonnes,
    from mine_output
    inner join members
        on mine_output.producer_iso3 = members.member_iso3
    group by mine_output.mineral, mine_output.year
),

-- Production of a year outside World Mining Data is not known; within it, a country that is not
-- listed produces nothing. A negative quantity makes the row unknown.
supply as (
    select
        weighted.*,
        codes.nomenclature,
        codes.hs6_codes,
        codes.is_isolated,
        codes.is_comparable,
        concentration.hhi,
        coalesce(cast(domestic.quantity_tonnes as double), 0) as production_tonnes,
        not weighted.has_negative and concentration.hhi is not null
        and weighted.import_quantity_tonnes + coalesce(domestic.quantity_tonnes, 0) > 0
            as is_defined,
    from weighted
    inner join codes
        using (mineral)
    inner join concentration
        using (mineral, year)
    left join domestic
        using (reporter_code, mineral, year)
),

risks as (
    select
        *,
        case
            when is_defined then risk_tonnes / (import_quantity_tonnes + production_tonnes)
        end as import_risk_low,
        case
            when is_defined
                then
                    (risk_tonnes + unscored_tonnes)
                    / (import_quantity_tonnes + production_tonnes)
        end as import_risk_high,
    from supply
),

final as (
    select
        reporter_code,
        mineral,
        nomenclature,
        hs6_codes,
        case
            when has_negative then 'a negative quantity'
            when hhi is null then 'world production is not known'
            when not is_defined then 'neither imports with a mass nor production'
            when unscored_tonnes > 0 then 'a supplier has no governance score: see the bounds'
        end as reason,
        year,
        cast(governance_year as integer) as governance_year,
        {{ significant('hhi') }} as production_hhi,
        case when unscored_tonnes = 0 then {{ significant('import_risk_low') }} end
            as import_risk,
        {{ significant('import_risk_low') }} as import_risk_low,
        {{ significant('import_risk_high') }} as import_risk_high,
        case when unscored_tonnes = 0 then {{ significant('hhi * import_risk_low') }} end
            as geopolrisk_score,
        {{ significant('hhi * import_risk_low') }} as geopolrisk_score_low,
        {{ significant('hhi * import_risk_high') }} as geopolrisk_score_high,
        {{ significant('import_quantity_tonnes') }} as import_quantity_tonnes,
        {{ significant('production_tonnes') }} as domestic_production_tonnes,
        {{ significant('unscored_tonnes') }} as import_quantity_without_score_tonnes,
        {{ significant('value_share_without_mass') }} as value_share_without_mass,
        is_isolated as is_code_exact,
        is_comparable as is_mass_comparable,
    from risks
)

select * from final
order by reporter_code, mineral, year

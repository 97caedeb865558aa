with

mine_output as (
    select * from {{ ref('int_production__mine_output') }}
),

concentration as (
    select * from {{ ref('fct_production_concentration') }}
),

mineral_trade as (
    select * from {{ ref('int_production__mineral_trade') }}
),

trade_codes as (
    select * from {{ ref('stg_production__mineral_trade_codes') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

scores as (
    select * from {{ ref('int_governance__scores') }}
),

last_scores as (
    select max(year) as year from scores
),

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

-- Countries as they are, and the EU27 as one reporter without what members ship to members.
imports as (
    select
        importer_iso3 as reporter_code,
        mineral,
        exporter_iso3,
        year,
        quantity_tonnes,
        value_kusd,
        value_without_mass_kusd,
        has_negative,
    from mineral_trade
    union all
    select
        'EU27' as reporter_code,
        mineral_trade.mineral,
        mineral_trade.exporter_iso3,
        mineral_trade.year,
        mineral_trade.quantity_tonnes,
        mineral_trade.value_kusd,
        mineral_trade.value_without_mass_kusd,
        mineral_trade.has_negative,
    from mineral_trade
    inner join members as importers
        on mineral_trade.importer_iso3 = importers.member_iso3
    left join members as exporters
        on mineral_trade.exporter_iso3 = exporters.member_iso3
    where exporters.member_iso3 is null
),

weighted as (
    select
        imports.reporter_code,
        imports.mineral,
        imports.year,
        least(imports.year, last_scores.year) as governance_year,
        coalesce(cast(sum(imports.quantity_tonnes) as double), 0) as import_quantity_tonnes,
        cast(
            coalesce(
                sum(
                    cast(
                        cast(imports.quantity_tonnes as double) * scores.instability_score
                        as decimal(38, 12)
                    )
                ), 0
            ) as double
        ) as risk_tonnes,
        coalesce(
            cast(
                sum(imports.quantity_tonnes) filter (where scores.instability_score is null)
                as double
            ), 0
        ) as unscored_tonnes,
        coalesce(
            cast(sum(imports.value_without_mass_kusd) as double)
            / nullif(cast(sum(imports.value_kusd) as double), 0), 0
        ) as value_share_without_mass,
        bool_or(imports.has_negative) as has_negative,
    from imports
    cross join last_scores
    left join scores
        on
            imports.exporter_iso3 = scores.country_iso3
            and least(imports.year, last_scores.year) = scores.year
    group by imports.reporter_code, imports.mineral, imports.year, last_scores.year
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
        on weighted.mineral = codes.mineral
    inner join concentration
        on weighted.mineral = concentration.mineral and weighted.year = concentration.year
    left join domestic
        on
            weighted.reporter_code = domestic.reporter_code
            and weighted.mineral = domestic.mineral
            and weighted.year = domestic.year
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

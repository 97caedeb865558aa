with

mineral_trade as (select * from {{ ref('int_production__mineral_trade') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),
scores as (select * from {{ ref('int_governance__scores') }}),

last_scores as (
    select max(year) as year from scores
),

-- Countries as they are, and the EU27 as one reporter without what members ship to members.
imports as (
    select
        importer_iso3 as reporter_code,
        *,
    from mineral_trade
    union all
    select
        'EU27' as reporter_code,
        mineral_trade.*,
    from mineral_trade
    inner join members as importers
        on mineral_trade.importer_iso3 = importers.member_iso3
    left join members as exporters
        on mineral_trade.exporter_iso3 = exporters.member_iso3
    where exporters.member_iso3 is null
),

final as (
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
)

select * from final

with

weights as (
    select * from {{ ref('int_law__import_weights') }}
),

-- Newer editions first: the codes of measures are those of today. The EU27's figures are of 2017.
source_order as (
    select
        unnest(
            [
                'baci_hs22_bilateral',
                'baci_hs17_bilateral',
                'baci_eu27_figures',
                'baci_hs12_bilateral',
                'baci_hs07_bilateral',
                'baci_hs02_bilateral',
                'baci_hs96_bilateral',
                'baci_hs92_bilateral',
                'hmrc_imports_monthly',
                'comext_cn8_imports',
                'macro_facts'
            ]
        ) as source_id,
        unnest([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) as source_rank,
),

ranked as (
    select
        weights.*,
        left(weights.nomenclature, 2) as nomenclature_family,
        coalesce(source_order.source_rank, 12) + if(weights.coverage is null, 0, 20) as source_rank,
    from weights
    left join source_order
        on weights.source_id = source_order.source_id
),

-- One source per importer, product and year; whole ones before those that list the largest flows.
best_sources as (
    select
        reporter_code,
        product_code,
        period,
        arg_min(source_id, source_rank) as source_id,
    from ranked
    group by reporter_code, product_code, period
),

chosen as (
    select ranked.*
    from ranked
    inner join best_sources
        on
            ranked.reporter_code = best_sources.reporter_code
            and ranked.product_code = best_sources.product_code
            and ranked.period = best_sources.period
            and ranked.source_id = best_sources.source_id
),

subheadings as (
    select distinct
        reporter_code,
        product_code,
        period,
    from chosen
    where nomenclature_family = 'HS'
),

parent_flows as (
    select
        reporter_code,
        partner_code,
        product_code,
        period,
        value_eur,
        net_mass_kg,
    from chosen
    where nomenclature_family = 'HS'
),

-- A CN8 code whose subheading is there too is a part of it: it must not be added to it. Where it
-- has no mass of its own, the subheading's mass is the bound.
final as (
    select
        chosen.reporter_code,
        chosen.partner_code as partner_iso3,
        chosen.source_id,
        chosen.nomenclature,
        chosen.product_code,
        chosen.period,
        cast(chosen.value_eur as decimal(28, 6)) as value_eur,
        cast(chosen.net_mass_kg as decimal(28, 6)) as net_mass_kg,
        subheadings.product_code as part_of_product_code,
        cast(parent_flows.value_eur as decimal(28, 6)) as parent_value_eur,
        cast(parent_flows.net_mass_kg as decimal(28, 6)) as parent_net_mass_kg,
    from chosen
    left join subheadings
        on
            chosen.nomenclature_family = 'CN'
            and chosen.reporter_code = subheadings.reporter_code
            and left(chosen.product_code, 6) = subheadings.product_code
            and chosen.period = subheadings.period
    left join parent_flows
        on
            chosen.nomenclature_family = 'CN'
            and chosen.reporter_code = parent_flows.reporter_code
            and chosen.partner_code = parent_flows.partner_code
            and left(chosen.product_code, 6) = parent_flows.product_code
            and chosen.period = parent_flows.period
)

select * from final
order by reporter_code, partner_iso3, product_code, period

-- One row per share of a country that is quoted for a material: of the EU's imports by value, by
-- mass and over all its codes, of world supply, of what the EU gets, and what others have printed
-- (with our figure for the same codes, where there is one). Variable `leads`: of each material the
-- code, source, nomenclature and year whose figures speak for it. Of countries with equal shares
-- the first by code stands.
with

leads as (
    select unnest(getvariable('leads'), recursive := true)
),

imports as (
    select
        leads.material,
        leads.lead_code,
        shares.*,
    from leads
    inner join temp.material_links as links using (material)
    inner join temp.eu_partner_shares as shares
        using (source_id, nomenclature, period, product_code)
    where
        shares.partner_iso3 is not null
        and (links.product_code = leads.lead_code or links.is_own or links.is_group)
),

measured as (
    select
        *,
        unnest(['value', 'mass']) as measure,
        unnest([value_share, mass_share]) as share,
    from imports
    where product_code = lead_code
),

of_the_code as (
    select
        material,
        'EU imports by ' || measure as figure,
        if(measure = 'value', 1, 2) as figure_rank,
        lead_code as codes,
        period,
        source_id,
        if(share is null, null, partner_iso3) as country_iso3,
        share,
    from measured
    qualify
        row_number() over (
            partition by material, measure order by share desc nulls last, partner_iso3
        ) = 1
),

wholes as (
    select
        material,
        sum(whole_value_eur) as value_eur,
        string_agg(product_code, ', ' order by product_code) as codes,
    from (select distinct on (material, product_code) * from imports) as each_code
    group by material
    having count(*) > 1
),

baskets as (
    select
        material,
        'EU imports of all its codes with figures' as figure,
        3 as figure_rank,
        wholes.codes,
        imports.period,
        imports.source_id,
        imports.partner_iso3 as country_iso3,
        sum(imports.import_value_eur) / any_value(wholes.value_eur) as share,
    from imports
    inner join wholes using (material)
    group by material, wholes.codes, imports.period, imports.source_id, imports.partner_iso3
    qualify row_number() over (partition by material order by share desc, country_iso3) = 1
),

mined as (
    select
        material,
        'World production, ' || lower(mineral) as figure,
        4 as figure_rank,
        cast(year as varchar) as period,
        'wmd_production' as source_id,
        top_producer_iso3 as country_iso3,
        cr1 as share,
    from temp.material_production
    where cr1 is not null
    qualify row_number() over (partition by material, mineral order by year desc) = 1
),

-- Of each name in the study the largest; names of a material with the same country together.
studied as (
    select
        shares.* exclude (shares.material),
        names.material,
    from marts.fct_supply_shares as shares
    inner join marts.bridge_material_names as names
        on lower(shares.material) = names.term
    left join marts.dim_country as countries using (country_iso3)
    where
        shares.assessment_id = 'ec2023'
        and (shares.supply_side = 'global' or not coalesce(countries.is_eu27_member, false))
    qualify
        row_number() over (
            partition by names.material, shares.material, shares.supply_side, shares.stage
            order by shares.share desc, shares.country_iso3
        ) = 1
),

folded as (
    select
        material,
        if(supply_side = 'global', 'World ', 'What the EU gets, its own output included: ')
        || if(stage = 'extraction', 'mining', 'processing')
        || if(count(*) > 1, ', ' || count(*) || ' names in the study', '') as figure,
        if(supply_side = 'global', 5, 6) as figure_rank,
        'study of 2023' as period,
        if(supply_side = 'global', 'crm2023_global_supply', 'crm2023_eu_sourcing') as source_id,
        country_iso3,
        min(share_low) as share_low,
        max(share_high) as share_high,
    from studied
    group by material, supply_side, stage, country_iso3
),

-- A print names reporter, flow, product, partner and metric; the newest of each is kept.
printed as (
    select
        *,
        string_split(fact_text, ', ') as parts,
    from meta.figure_checks
    where
        unit = '%'
        and contains(fact_text, 'share')
        and period <= cast(getvariable('as_of') as varchar)
),

named as (
    select
        names.material,
        case printed.flow
            when 'import' then printed.parts[1] || ' imports of ' || printed.product
            when 'export' then printed.parts[1] || ' exports of ' || printed.product
            else printed.product
        end
        || ', ' || printed.parts[-1] as figure,
        7 as figure_rank,
        printed.product_codes_text as codes,
        printed.period,
        if(printed.flow = 'share', printed.parts[1], printed.parts[-2]) as partner_text,
        printed.fact_source_title as source_title,
        printed.fact_source_url as source_url,
        printed.published_value / 100 as share,
        printed.our_value / 100 as our_share,
        printed.reason,
    from printed
    inner join marts.bridge_material_names as names
        on lower(printed.product) = names.term
    qualify
        row_number() over (
            partition by names.material, printed.fact_text
            order by printed.period desc, printed.our_value is null, printed.check_id desc
        ) = 1
)

select * replace (
    round(coalesce(share_low, cast(share as double)), 6) as share_low,
    round(coalesce(share_high, cast(share as double)), 6) as share_high
)
from (
    from of_the_code
    union all by name
    from baskets
    union all by name
    from mined
    union all by name
    from folded
    union all by name
    from named
) as told
order by material, figure_rank, period desc, figure, country_iso3, partner_text;

-- A generated supply graph: `edges` rows of bills of material over a tenth as many parts: 1 % of
-- them products, 4, 15, 30 and 50 % the four tiers below. Half of the parts are made of others,
-- twenty-one draws each (a few fall together), three quarters of the next tier, the rest of any
-- tier further down. Parts and the sites, one for fifty parts, belong to a hundred families; nine
-- tenths of inputs and of the one to three suppliers of a part are of its family. Who is what
-- follows from a hash.
create or replace temp macro draw(seed, below) as cast(hash(seed) % below as bigint);

create or replace table numbered as
select
    number,
    case
        when number <= parts * 0.01 then 0
        when number <= parts * 0.05 then 1
        when number <= parts * 0.20 then 2
        when number <= parts * 0.50 then 3
        else 4
    end as tier,
from
    (select cast(getvariable('edges') as bigint) // 10 as parts) as size,
    range(1, parts + 1) as numbers (number);

create or replace table stg_exposure__parts as
select
    'bench' as graph_id,
    'P' || lpad(cast(number as varchar), 7, '0') as part_id,
    'Part ' || number as part_name,
    case tier when 0 then 'final' when 4 then 'material' else 'component' end as part_kind,
    case when draw(number, 50) = 0 then 'dysprosium' end as material,
    -- One part in twenty has a listed code.
    case
        when draw(number + 1, 20) = 0
            then (
                select list(product_code order by product_code)
                from (
                    select distinct product_code from int_law__scope_codes
                    where nomenclature = 'HS2022'
                )
            )[1 + draw(number + 2, 100)]
        else '847989'
    end as product_code,
    'piece' as unit,
    'synthetic' as data_origin,
    draw(number + 3, 10) > 0 as is_bom_complete,
from numbered;

create or replace table stg_exposure__sites as
select
    'bench' as graph_id,
    'S' || lpad(cast(number as varchar), 6, '0') as site_id,
    'Site ' || number as site_name,
    'Firm ' || draw(number, sites * 2 // 5) as firm,
    countries[1 + draw(number + 1, len(countries))] as country_code,
    'supplier' as site_role,
    cast(null as varchar) as activity,
    'synthetic' as data_origin,
from
    (
        select
            cast(getvariable('edges') as bigint) // 500 as sites,
            [
                'CHN', 'DEU', 'USA', 'JPN', 'KOR', 'TWN', 'MYS', 'PHL', 'VNM', 'THA', 'IND', 'POL',
                'CZE', 'HUN', 'ROU', 'ITA', 'FRA', 'ESP', 'AUT', 'MEX', 'BRA', 'TUR', 'GBR', 'NLD',
                'SWE', 'FIN', 'SVK', 'SVN', 'PRT', 'MAR'
            ] as countries,
    ) as size,
    range(1, sites + 1) as numbers (number);

create or replace table stg_exposure__supplier_links as
select distinct on (part_id, site_id)
    'bench' as graph_id,
    'P' || lpad(cast(numbered.number as varchar), 7, '0') as part_id,
    'S' || lpad(
        cast(1 + if(
                draw(numbered.number * 3 + slot, 10) > 0,
                -- Sites are numbered through the families: 1, 101, 201 are of the first.
                numbered.number % 100 + 100 * draw(numbered.number * 3 + slot, sites // 100),
                draw(numbered.number * 3 + slot, sites)
            ) as varchar), 6, '0'
    ) as site_id,
    case draw(numbered.number + 10 * slot, 2) when 0 then 'verified' else 'declared' end
        as evidence_class,
    'synthetic' as data_origin,
    cast(0.9 / slots as decimal(9, 6)) as supply_share_low,
    cast(1.0 / slots as decimal(9, 6)) as supply_share_central,
    cast(1.0 as decimal(9, 6)) as supply_share_high,
from
    (
        select
            *,
            1 + draw(number + 4, 3) as slots,
            cast(getvariable('edges') as bigint) // 500 as sites,
        from numbered
    ) as numbered,
    range(1, slots + 1) as links (slot);

create or replace table stg_exposure__bill_of_materials as
with

slots as (
    select
        number,
        slot,
        if(
            draw(number * 64 + slot, 4) > 0,
            tier + 1,
            tier + 1 + draw(number * 64 + slot + 7, 4 - tier)
        ) as below,
        draw(number * 64 + slot + 11, 1000000007) as chance,
    from numbered, range(1, 22) as slots (slot)
    where tier < 4
),

tiers as (
    select tier, min(number) as first_number, count(*) as part_count
    from numbered
    group by tier
),

drawn as (
    select
        slots.number,
        tiers.first_number
        + if(
            slots.chance % 10 > 0,
            -- Of the family: parts whose numbers are alike but for hundreds.
            (slots.number - tiers.first_number) % 100
            + 100 * (chance % (tiers.part_count // 100)),
            chance % tiers.part_count
        ) as component,
        any_value(chance) as chance,
    from slots
    inner join tiers on slots.below = tiers.tier
    group by all
)

select
    'bench' as graph_id,
    'P' || lpad(cast(number as varchar), 7, '0') as part_id,
    'P' || lpad(cast(component as varchar), 7, '0') as component_id,
    case chance // 5 % 2 when 0 then 'verified' else 'declared' end as evidence_class,
    'synthetic' as data_origin,
    cast(0.03 as decimal(9, 6)) as input_share_low,
    cast(0.05 as decimal(9, 6)) as input_share_central,
    cast(0.07 as decimal(9, 6)) as input_share_high,
    chance // 7 % 4 > 0 as is_essential,
from drawn;
drop table numbered;

create or replace table int_scenarios__lost_supply as
select
    'china-stops' as scenario_id,
    data_origin as graph_origin,
    graph_id,
    part_id,
    site_id,
    cast(1 as decimal(9, 6)) as share_lost,
from stg_exposure__supplier_links
inner join stg_exposure__sites using (data_origin, graph_id, site_id)
where country_code = 'CHN';

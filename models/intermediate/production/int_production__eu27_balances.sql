with

mine_output as (select * from {{ ref('int_production__mine_output') }}),
mineral_trade as (select * from {{ ref('int_production__mineral_trade') }}),
trade_codes as (select * from {{ ref('stg_production__mineral_trade_codes') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- What the trade codes of a mineral are worth together: the weakest code decides.
codes as (
    select
        mineral,
        bool_and(code_match = 'exact') as is_isolated,
        bool_and(is_comparable) as is_comparable,
    from trade_codes
    group by mineral
),

output as (
    select
        mine_output.mineral,
        mine_output.year,
        coalesce(
            sum(mine_output.quantity_tonnes) filter (where members.member_iso3 is not null), 0
        ) as eu_production_tonnes,
        bool_or(mine_output.quantity < 0) as has_negative,
    from mine_output
    left join members
        on mine_output.producer_iso3 = members.member_iso3
    group by mine_output.mineral, mine_output.year
),

border as (
    select
        mineral_trade.mineral,
        mineral_trade.year,
        coalesce(sum(mineral_trade.quantity_tonnes) filter (where exporters.member_iso3 is null), 0)
            as imports_tonnes,
        coalesce(sum(mineral_trade.quantity_tonnes) filter (where importers.member_iso3 is null), 0)
            as exports_tonnes,
        coalesce(
            cast(sum(mineral_trade.value_without_mass_kusd) as double)
            / nullif(cast(sum(mineral_trade.value_kusd) as double), 0), 0
        ) as value_share_without_mass,
        bool_or(mineral_trade.has_negative) as has_negative,
    from mineral_trade
    left join members as importers
        on mineral_trade.importer_iso3 = importers.member_iso3
    left join members as exporters
        on mineral_trade.exporter_iso3 = exporters.member_iso3
    where (importers.member_iso3 is null) <> (exporters.member_iso3 is null)
    group by mineral_trade.mineral, mineral_trade.year
),

-- At most 5 % of trade by value may lack a mass: the same limit as for unknown suppliers.
judged as (
    select
        output.mineral,
        case
            when output.has_negative or coalesce(border.has_negative, false)
                then 'a negative quantity'
            when not codes.is_isolated then 'the trade code does not isolate the material'
            when not codes.is_comparable
                then 'production and trade are not in comparable mass terms'
            when border.mineral is null then 'no trade of the year at hand'
            when border.value_share_without_mass > 0.05
                then 'more than 5 % of trade by value has no mass'
        end as trade_reason,
        output.year,
        output.eu_production_tonnes,
        border.imports_tonnes,
        border.exports_tonnes,
    from output
    inner join codes
        on output.mineral = codes.mineral
    left join border
        on output.mineral = border.mineral and output.year = border.year
),

amounts as (
    select
        *,
        cast(imports_tonnes as double) - cast(exports_tonnes as double) as net_imports,
        cast(eu_production_tonnes as double) + cast(imports_tonnes as double)
        - cast(exports_tonnes as double) as consumption,
    from judged
),

-- Without apparent consumption the reliance (net imports over consumption) is not defined.
final as (
    select
        * exclude (net_imports, consumption),
        case
            when trade_reason is null
                then net_imports / case when consumption > 0 then consumption end
        end as import_reliance,
    from amounts
)

select * from final

with

network_flows as (select * from {{ ref('int_trade__network_flows') }}),

-- The undirected projection: trade between two countries, both ways together.
pair_values as (
    select
        network_number,
        least(exporter_iso3, importer_iso3) as first_iso3,
        greatest(exporter_iso3, importer_iso3) as second_iso3,
        sum(value_in_currency) as pair_value,
    from network_flows
    group by all
),

-- A triplet is two ties that meet; its value is the geometric mean of theirs, the product of
-- their roots. As shares of all trade, so that a currency makes no difference.
ties as (
    select
        network_number,
        first_iso3,
        second_iso3,
        sqrt(
            cast(pair_value as double)
            / cast(sum(pair_value) over (partition by network_number) as double)
        ) as root,
    from pair_values
),

ends as (
    select
        network_number,
        first_iso3 as country_iso3,
        root,
    from ties
    union all
    select
        network_number,
        second_iso3 as country_iso3,
        root,
    from ties
),

-- All triplets around a country: the square of the sum of the roots holds each of them twice
-- and the ties themselves once.
countries as (
    select
        network_number,
        country_iso3,
        count(*) as tie_count,
        case
            when count(*) > 1
                then
                    (
                        power(cast(sum(cast(root as decimal(38, 20))) as double), 2)
                        - cast(sum(cast(root * root as decimal(38, 20))) as double)
                    ) / 2
            else 0
        end as triplet_value,
    from ends
    group by network_number, country_iso3
),

triplets as (
    select
        network_number,
        cast(sum(cast(triplet_value as decimal(38, 20))) as double) as triplet_value,
    from countries
    group by network_number
),

ranked as (
    select
        network_number,
        country_iso3,
        cast(row_number() over (order by network_number, tie_count, country_iso3) as integer)
            as node_number,
    from countries
),

-- Each tie from the country with fewer ties to the one with more: few begin at a country with
-- many, so that triangles are found without walking through all triplets.
directed as (
    select
        ties.network_number,
        least(firsts.node_number, seconds.node_number) as low_number,
        greatest(firsts.node_number, seconds.node_number) as high_number,
        ties.root,
    from ties
    inner join ranked as firsts
        on
            ties.network_number = firsts.network_number
            and ties.first_iso3 = firsts.country_iso3
    inner join ranked as seconds
        on
            ties.network_number = seconds.network_number
            and ties.second_iso3 = seconds.country_iso3
),

-- A triangle closes three triplets, one at each of its corners.
closed as (
    select
        one.network_number,
        sum(cast(
            one.root * two.root + one.root * three.root + two.root * three.root
            as decimal(38, 20)
        )) as triplet_value,
    from directed as one
    inner join directed as two
        on
            one.low_number = two.low_number
            and one.high_number < two.high_number
    inner join directed as three
        on
            one.high_number = three.low_number
            and two.high_number = three.high_number
    group by one.network_number
),

final as (
    select
        triplets.network_number,
        case
            when triplets.triplet_value > 0
                then
                    least(
                        1,
                        coalesce(cast(closed.triplet_value as double), 0) / triplets.triplet_value
                    )
        end as weighted_clustering,
    from triplets
    left join closed
        on triplets.network_number = closed.network_number
)

select * from final

with recursive

network_flows as (
    select * from {{ ref('int_trade__network_flows') }}
),

recent_flows as (
    select
        network_number,
        exporter_iso3,
        importer_iso3,
        cast(value_in_currency as double) / cast(import_value_in_currency as double)
            as import_share,
    from network_flows
    where is_in_latest_three_years
),

network_countries as (
    select
        network_number,
        exporter_iso3 as country_iso3,
    from recent_flows
    union
    select
        network_number,
        importer_iso3 as country_iso3,
    from recent_flows
),

nodes as (
    select
        network_number,
        country_iso3,
        cast(row_number() over (order by network_number, country_iso3) as integer) as node_number,
    from network_countries
),

-- The graph is reversed: an importer votes for its suppliers with the shares of its imports.
-- 0.85 is the damping factor.
votes as (
    select
        importers.node_number as importer_number,
        exporters.node_number as exporter_number,
        0.85 * recent_flows.import_share as damped_share,
    from recent_flows
    inner join nodes as importers
        on
            recent_flows.network_number = importers.network_number
            and recent_flows.importer_iso3 = importers.country_iso3
    inner join nodes as exporters
        on
            recent_flows.network_number = exporters.network_number
            and recent_flows.exporter_iso3 = exporters.country_iso3
),

-- A vote goes on only through countries that import themselves.
votes_that_go_on as (
    select
        votes.importer_number,
        votes.exporter_number,
        votes.damped_share,
    from votes
    semi join votes as onward
        on votes.exporter_number = onward.importer_number
),

-- With S the import shares, the rank is proportional to y = 1 + 0.85 S y = sum of (0.85 S)^k 1:
-- countries without imports (dangling) spread their rank evenly, which scales y and no more.
-- Each step holds the next term of the sum in units of 1e-15: whole numbers add up the same in
-- any order. Terms below 1e-12 are let go; the ranks then change by less than 1e-10 in all.
terms as (
    select
        node_number,
        cast(1e15 as bigint) as term,
    from nodes
    union all
    select
        votes_that_go_on.exporter_number as node_number,
        cast(
            sum(cast(terms.term * votes_that_go_on.damped_share as bigint)) as bigint
        ) as term,
    from terms
    inner join votes_that_go_on
        on terms.node_number = votes_that_go_on.importer_number
    where terms.term > 1000
    group by votes_that_go_on.exporter_number
),

scores_of_voters as (
    select
        node_number,
        sum(term) as score,
    from terms
    group by node_number
),

received as (
    select
        votes.exporter_number as node_number,
        sum(cast(scores_of_voters.score * votes.damped_share as bigint)) as score,
    from votes
    inner join scores_of_voters
        on votes.importer_number = scores_of_voters.node_number
    group by votes.exporter_number
),

scores as (
    select
        nodes.network_number,
        nodes.country_iso3,
        cast(1e15 as bigint) + coalesce(received.score, 0) as score,
    from nodes
    left join received
        on nodes.node_number = received.node_number
),

final as (
    select
        network_number,
        country_iso3,
        cast(score as double)
        / cast(sum(score) over (partition by network_number) as double) as page_rank,
    from scores
)

select * from final

with

links as (select * from {{ ref('int_exposure__links_in_scope') }}),
controlled_shares as (select * from {{ ref('int_exposure__controlled_shares') }}),
lost_supply as (select * from {{ ref('int_scenarios__lost_supply') }}),

losses as (
    select
        scenario_id,
        graph_origin as data_origin,
        graph_id,
        part_id,
        site_id,
        cast(max(share_lost) as double) as share_lost,
    from lost_supply
    group by all
),

-- Shares of links that one target has together.
shared as (
    select
        'base' as scenario_id,
        unnest(['firm', 'country']) as target_kind,
        unnest([firm, country_code]) as target_id,
        part_number,
        unallotted_supply,
        unknown_supply,
        share_low,
        share,
        share_high,
    from links
    union all by name
    select
        losses.scenario_id,
        'lost_supply' as target_kind,
        'lost' as target_id,
        links.part_number,
        links.unallotted_supply,
        links.unknown_supply,
        links.share_low * losses.share_lost as share_low,
        links.share * losses.share_lost as share,
        links.share_high * losses.share_lost as share_high,
    from links
    inner join losses
        using (data_origin, graph_id, part_id, site_id)
),

-- At most a target has what is sure of it and what no supplier has for sure, but no more than its
-- greatest shares and what may come from suppliers that are not listed.
stated as (
    select
        'base' as scenario_id,
        'site' as target_kind,
        site_id as target_id,
        part_number,
        share_low,
        share,
        greatest(share, least(share_high, share_low + unallotted_supply)) as share_high,
    from links
    union all by name
    select
        scenario_id,
        target_kind,
        target_id,
        part_number,
        {{ sum_in_any_order('share_low') }} as share_low,
        {{ sum_in_any_order('share') }} as share,
        greatest(
            {{ sum_in_any_order('share') }},
            least(
                {{ sum_in_any_order('share_low') }} + any_value(unallotted_supply),
                {{ sum_in_any_order('share_high') }} + any_value(unknown_supply)
            )
        ) as share_high,
    from shared
    where target_id is not null
    group by all
    union all by name
    select
        scenario_id,
        target_kind,
        target_id,
        part_number,
        covered_low * share_low as share_low,
        covered * share as share,
        covered_high * greatest(
            share, least(share_low + unallotted_supply, share_high + unknown_supply)
        ) as share_high,
    from controlled_shares
    where link_count > 0 or unknown_supply > 0
),

final as (
    select
        cast(
            dense_rank() over (order by scenario_id, target_kind, target_id) as integer
        ) as target_number,
        scenario_id,
        target_kind,
        target_id,
        part_number,
        least(1, share_low) as share_low,
        least(1, share) as share,
        least(1, share_high) as share_high,
    from stated
)

select * from final

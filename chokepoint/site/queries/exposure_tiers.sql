-- One row per supply graph, tier below a product and standing of the law on the day: how many
-- different parts there are controlled for at least one of their suppliers.
with

ends as (
    select
        data_origin,
        graph_id,
        end_part_id as part_id,
        min(tier) as tier,
    from marts.fct_exposure_paths
    where is_end_controlled
    group by all
)

select
    data_origin,
    graph_id,
    ends.tier,
    if(ends.tier = 0, 'the product itself', 'tier ' || ends.tier) as label,
    coalesce(part_states.law, 'no controlled supplier listed') as law,
    coalesce(
        list_position(
            ['is restricted', 'may be restricted', 'relieved or not in effect'], part_states.law
        ),
        4
    ) as place,
    count(*) as parts,
    string_agg(parts.part_name, '; ' order by parts.part_name) as part_names,
from ends
inner join marts.dim_exposure_part as parts using (data_origin, graph_id, part_id)
left join temp.exposure_part_states as part_states using (data_origin, graph_id, part_id)
group by all
order by data_origin, graph_id, ends.tier, law;

-- One row per supply graph and way down from a product to a controlled part, the twelve heaviest of
-- a product: the parts from the product on, and how the law stands for the last on the day.
with

-- Of a generated graph only the product with the most controlled parts below it: one shows how.
products as (
    select
        data_origin,
        graph_id,
        part_id,
    from marts.fct_exposure_paths
    where is_end_controlled
    group by data_origin, graph_id, part_id
    qualify
        row_number() over (
            partition by data_origin, graph_id
            order by count(distinct end_part_id) desc, part_id
        ) <= case data_origin when 'synthetic' then 1 else 6 end
),

ways as (
    select
        paths.*,
        string_split(paths.path, ' > ') as part_ids,
    from marts.fct_exposure_paths as paths
    semi join products
        using (data_origin, graph_id, part_id)
    where paths.is_end_controlled
    qualify
        row_number() over (
            partition by paths.data_origin, paths.graph_id, paths.part_id
            order by paths.path_rank
        ) <= 12
)

select
    ways.*,
    (
        select
            string_agg(
                parts.part_name, ' > ' order by list_position(ways.part_ids, parts.part_id)
            )
        from marts.dim_exposure_part as parts
        where
            parts.data_origin = ways.data_origin
            and parts.graph_id = ways.graph_id
            and list_contains(ways.part_ids, parts.part_id)
    ) as way,
    coalesce(part_states.law, 'no controlled supplier listed') as law,
    part_states.measures,
    part_states.unknown_supplier_reason,
from ways
left join temp.exposure_part_states as part_states
    on
        ways.data_origin = part_states.data_origin
        and ways.graph_id = part_states.graph_id
        and ways.end_part_id = part_states.part_id
order by ways.data_origin, ways.graph_id, ways.path;

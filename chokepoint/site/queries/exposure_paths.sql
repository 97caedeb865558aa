-- One row per supply graph and way down from a product to a controlled part, the twelve heaviest of
-- a product: the parts from the product on, and how the law stands for the last on the day.
with

states as (
    select on_the_day.*
    from
        reports.measure_state(
            coalesce(cast(getvariable('as_of') as date), current_date),
            coalesce(cast(getvariable('as_of') as date), current_date)
        ) as on_the_day
    where on_the_day.claim_group = 'base'
),

part_states as (
    select
        controls.data_origin,
        controls.graph_id,
        controls.part_id,
        case
            when bool_or(states.state = 'in_force' and controls.country_code is not null)
                then 'needs a licence'
            when bool_or(states.state in ('in_force', 'lapsed_presumed', 'unknown'))
                then 'may need a licence'
            else 'relieved or not in effect'
        end as law,
        string_agg(
            distinct coalesce(states.instrument_no, states.title), '; '
            order by coalesce(states.instrument_no, states.title)
        ) as measures,
        case
            when bool_and(controls.unknown_supplier_reason is not null)
                then min(controls.unknown_supplier_reason)
        end as unknown_supplier_reason,
    from marts.bridge_exposure_measures as controls
    inner join states
        on controls.measure_id = states.measure_id and controls.clause_id = states.clause_id
    group by controls.data_origin, controls.graph_id, controls.part_id
),

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
),

names as (
    select
        ways.data_origin,
        ways.graph_id,
        ways.path,
        list(parts.part_name order by list_position(ways.part_ids, parts.part_id)) as part_names,
    from ways
    inner join marts.dim_exposure_part as parts
        on
            ways.data_origin = parts.data_origin
            and ways.graph_id = parts.graph_id
            and list_contains(ways.part_ids, parts.part_id)
    group by ways.data_origin, ways.graph_id, ways.path
)

select
    ways.data_origin,
    ways.graph_id,
    ways.part_ids,
    names.part_names,
    array_to_string(names.part_names, ' > ') as way,
    ways.tier,
    ways.weight_low,
    ways.weight,
    ways.weight_high,
    ways.is_verified,
    coalesce(part_states.law, 'no controlled supplier listed') as law,
    part_states.measures,
    part_states.unknown_supplier_reason,
from ways
inner join names
    using (data_origin, graph_id, path)
left join part_states
    on
        ways.data_origin = part_states.data_origin
        and ways.graph_id = part_states.graph_id
        and ways.end_part_id = part_states.part_id
order by ways.data_origin, ways.graph_id, ways.path;

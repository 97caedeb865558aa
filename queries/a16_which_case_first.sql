-- A16: Which stuck case should be raised first, and which cases cannot be ranked?
-- One row per open case or pending application. The ranked ones come first, the greatest expected
-- loss on top; `reason` says why. Then those that cannot be ranked, with what to enter. Expected
-- loss: value of a day of standstill times the expected days without stock within a year, between
-- bounds. Licence times are those of the register on `register_as_of_date`, of ten decided cases of
-- the material, or else of all. With fewer no case is ranked. Own cases are in the private copy
-- only (`--private`). Own and synthetic cases are ranked separately.
-- Certainty: `bounds`, `open upwards` (the curve ends before the year does), `not ranked`.
-- `synthetic` before it means that the cases are invented and say nothing about the world.
-- param: graph text 'Supply graph; default: all of them, and cases without one'
-- param: authority text 'Authority that decides or holds; default: all'
-- param: material text 'Material that waits; default: all'
-- gone: unranked 'use --all'
-- found in: marts.fct_case_priorities graph=graph_id authority=authority material=material
-- short: case_rank, case_id, certainty, application_id, loss_eur_low, loss_eur_high, enter
-- short: first_stock_out_date, days_waited, reason, material, part_id, authority
-- first: case_rank 'expected loss'
with

asked as (
    select
        lower(trim(cast(getvariable('graph') as varchar))) as graph,
        lower(trim(cast(getvariable('authority') as varchar))) as authority,
        lower(trim(cast(getvariable('material') as varchar))) as material,
),

cases as (
    select
        priorities.*,
        row_number() over (
            partition by priorities.data_origin, priorities.is_ranked
            order by
                priorities.case_id is null,
                priorities.days_past_deadline desc nulls last,
                priorities.days_waited desc,
                priorities.case_id,
                priorities.application_id
        ) as place,
        count(*) filter (where priorities.is_ranked) over (partition by priorities.data_origin)
            as ranked_count,
        count(*) over (partition by priorities.data_origin) as case_count,
    from marts.fct_case_priorities as priorities
    cross join asked
    where
        (asked.graph is null or priorities.graph_id = asked.graph)
        and (asked.authority is null or lower(priorities.authority) = asked.authority)
        and (asked.material is null or priorities.material = asked.material)
)

select
    case when data_origin = 'synthetic' then 'synthetic: ' else 'own: ' end
    || ranked_count || ' ranked, ' || (case_count - ranked_count) || ' cannot be ranked'
        as total_in_words,
    case when is_ranked then 'ranked' else 'cannot be ranked' end as listed_as,
    case_rank,
    case when data_origin = 'synthetic' then 'synthetic: ' else '' end
    || case
        when not is_ranked then 'not ranked'
        when is_beyond_follow_up then 'open upwards'
        else 'bounds'
    end as certainty,
    case_id,
    application_id,
    shipment_reference,
    material,
    part_id,
    site_id,
    supplier,
    reason,
    missing_inputs as enter,
    round(expected_loss_eur_low) as loss_eur_low,
    round(expected_loss_eur_high) as loss_eur_high,
    first_stock_out_date,
    days_to_stock_out_low,
    days_to_stock_out_high,
    days_waited,
    days_past_deadline,
    remaining_days_p50,
    remaining_days_p90,
    decided_case_count,
    channel,
    last_word,
    authority,
    graph_id,
    register_as_of_date,
    as_of_date,
from cases
order by data_origin, is_ranked desc, case_rank, place;

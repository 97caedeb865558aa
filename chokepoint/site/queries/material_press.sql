-- One row per item and destination that the press gives Chinese exports of: the latest figure known
-- on the day, with the material that the item is.
with

known as (
    select *
    from marts.fct_press_flow_claims
    where known_from <= cast(getvariable('as_of') as date) and mass_t is not null
    qualify
        row_number() over (
            partition by item, destination order by last_period desc, month_count, figure_id
        ) = 1
)

select
    names.material,
    known.item,
    known.destination,
    known.first_period,
    known.last_period,
    known.mass_t,
    known.source_id,
    known.source_url,
    known.data_origin,
from known
inner join marts.bridge_material_names as names
    on lower(known.item) = names.term
order by names.material, known.item, known.destination;

-- One row per figure that the press gives of Chinese exports, as known on the day: months, and
-- longer spans no month of which is known by itself. With the material that the item is, and what
-- the figures before a stop let expect.
with

known as (
    select *
    from marts.fct_press_flow_claims
    where known_from <= getvariable('as_of') and mass_t is not null
)

select
    figures.*,
    names.material,
    stops.expected_mass_t,
    figures.span_end + 1 as span_stop,
from known as figures
anti join known as single_months
    on
        figures.month_count > 1
        and single_months.month_count = 1
        and figures.item = single_months.item
        and figures.destination = single_months.destination
        and figures.span_start <= single_months.span_start
        and figures.span_end >= single_months.span_start
left join marts.bridge_material_names as names
    on lower(figures.item) = names.term
left join marts.fct_press_stops as stops
    on
        figures.figure_id = stops.figure_id
        and stops.reading = 'stopped'
        and stops.known_from <= getvariable('as_of')
order by figures.item, figures.destination, figures.span_start;

-- One row per act, importer and source of monthly figures: how much of what moved before the act
-- still moves, in the newest month known on the day. Synthetic figures are left out.
with

listed as (
    select
        measure_id,
        count(distinct left(product_code, 6)) as code_count,
    from marts.bridge_product_coverage
    where coverage <> 'may_overlap'
    group by measure_id
)

select
    newest.*,
    acts.instrument_no,
    acts.title,
    newest.cell_count as flow_count,
    newest.cell_count - newest.not_measurable_cell_count as measured_count,
    newest.continuing_cell_count as moving_count,
    coalesce(listed.code_count, 0) as listed_codes,
from marts.fct_continuity_index as newest
left join marts.dim_act as acts
    on newest.measure_id = acts.act_id
left join listed using (measure_id)
where
    newest.known_from <= cast(getvariable('as_of') as date)
    and newest.data_origin <> 'synthetic'
qualify
    row_number() over (
        partition by
            newest.measure_id, newest.reporter_code, newest.source_id, newest.nomenclature
        order by newest.period desc
    ) = 1
order by measured_count desc, newest.measure_id, newest.data_origin desc, newest.reporter_code;

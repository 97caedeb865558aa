-- One row per supply graph: what its own rows on suppliers and sites name as evidence.
select
    data_origin,
    graph_id,
    list(distinct evidence_source order by evidence_source) as evidence_sources,
from (
    from marts.bridge_exposure_suppliers
    union all by name
    from marts.dim_exposure_site
) as named
where evidence_source is not null
group by all
order by data_origin, graph_id;

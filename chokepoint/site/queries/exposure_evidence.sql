-- One row per supply graph: what its own rows on suppliers and sites name as evidence.
with

named as (
    select
        data_origin,
        graph_id,
        evidence_source,
    from marts.bridge_exposure_suppliers
    union
    select
        data_origin,
        graph_id,
        evidence_source,
    from marts.dim_exposure_site
)

select
    data_origin,
    graph_id,
    list(evidence_source order by evidence_source) as evidence_sources,
from named
where evidence_source is not null
group by data_origin, graph_id
order by data_origin, graph_id;

with

measures as (select * from {{ ref('stg_law__measures') }}),
acts as (select * from {{ ref('int_law__acts') }}),
destinations as (select * from {{ ref('int_law__destinations') }}),

final as (
    select
        measures.measure_id,
        measures.instrument_no,
        measures.title,
        measures.measure_type,
        measures.issuing_authority,
        measures.jurisdiction_iso2 as jurisdiction,
        destinations.destination,
        measures.materials,
        measures.status_at_last_source,
        acts.confidence,
        measures.source_title,
        measures.source_url,
        measures.note,
        measures.announced_on as announced_on_text,
        measures.effective_from as effective_from_text,
        measures.effective_to as effective_to_text,
        measures.last_source_on as last_source_on_text,
    from measures
    inner join destinations
        on measures.target_partner = destinations.target_partner
    inner join acts
        on measures.measure_id = acts.act_id
)

select * from final
order by measure_id

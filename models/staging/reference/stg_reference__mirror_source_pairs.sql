with

mirror_source_pairs as (
    select * from {{ ref('mirror_source_pairs') }}
),

renamed as (
    select
        pair_id,
        pair_kind,
        importer_source_id,
        exporter_source_id,
        frequency,
        note,
        lag_months,
        freight_low,
        freight_high,
    from mirror_source_pairs
)

select * from renamed

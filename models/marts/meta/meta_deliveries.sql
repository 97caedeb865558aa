{{ config(alias='deliveries') }}

with

deliveries as (
    select * from {{ ref('stg_landing__deliveries') }}
),

-- The moment of landing is left out: the same raw data must give the same table on any day.
final as (
    select
        source_id,
        period,
        vintage,
        file_name,
        file_sha256,
        contract_fingerprint,
        parquet_path,
        file_size_bytes,
        row_count,
        quarantined_count,
        is_current,
        known_on,
    from deliveries
)

select * from final
order by source_id, period, vintage

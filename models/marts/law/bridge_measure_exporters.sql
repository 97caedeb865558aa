with

covered_exporters as (select * from {{ ref('int_law__exporters') }}),

final as (
    select
        measure_id,
        country_iso3,
    from covered_exporters
)

select * from final
order by measure_id, country_iso3

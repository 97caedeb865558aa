with

unioned as (
    {%- for year in ['1992', '1996', '2002', '2007', '2012', '2017', '2022'] %}
    {%- set source_id = 'baci_hs' ~ year[2:] ~ '_bilateral' %}
    select
        '{{ source_id }}' as source_id,
        'HS{{ year }}' as nomenclature,
        *,
    from {{ source('landing', source_id) }}
    {{ 'union all by name' if not loop.last }}
    {%- endfor %}
),

renamed as (
    select
        unioned.* exclude (exporter_iso3, importer_iso3, hs6),
        exporter_iso3 as exporter_code,
        importer_iso3 as importer_code,
        hs6 as hs6_code,
    from unioned
)

select * from renamed

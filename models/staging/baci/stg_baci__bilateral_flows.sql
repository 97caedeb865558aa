with

{% for source_id, nomenclature in baci_editions().items() -%}
{{ source_id }} as (
    select
        '{{ source_id }}' as source_id,
        '{{ nomenclature }}' as nomenclature,
        *,
    from {{ source('landing', source_id) }}
),

{% endfor -%}
unioned as (
    {%- for source_id in baci_editions() %}
    select * from {{ source_id }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

renamed as (
    select
        source_id,
        exporter_iso3 as exporter_code,
        importer_iso3 as importer_code,
        nomenclature,
        hs6 as hs6_code,
        vintage,
        year,
        value_kusd,
        quantity_t,
        line_number,
    from unioned
)

select * from renamed

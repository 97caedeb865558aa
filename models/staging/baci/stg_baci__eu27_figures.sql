with

figures as (
    select * from {{ source('landing', 'baci_eu27_figures') }}
),

renamed as (
    select
        nomenclature,
        hs6 as hs6_code,
        measure,
        partner_iso3 as partner_code,
        release,
        coverage,
        vintage,
        year,
        value_kusd,
        quantity_t,
        line_number,
    from figures
)

select * from renamed

with

eol_rir as (select * from {{ ref('eol_rir') }}),

renamed as (
    select
        material,
        lower(stage) as stage,
        nullif(hs_code, 'Not Available') as hs6_code,
        nullif(source, 'Not Available') as source_url,
        eol_rir,
    from eol_rir
)

select * from renamed

with

imports as (select * from {{ source('landing', 'hmrc_bulk_imports_monthly') }}),
exports as (select * from {{ source('landing', 'hmrc_bulk_exports_monthly') }}),

unioned as (
    select
        'hmrc_bulk_imports_monthly' as source_id,
        'import' as flow,
        *,
    from imports
    union all by name
    select
        'hmrc_bulk_exports_monthly' as source_id,
        'export' as flow,
        *,
    from exports
),

-- Imports are of where goods were made, exports go where they are sent.
renamed as (
    select
        source_id,
        vintage,
        'monthly' as frequency,
        period,
        'GBR' as reporter_source_code,
        case flow when 'import' then origin else partner end as partner_source_code,
        flow,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        left(cn8, 6) as product_code,
        'GBP' as currency,
        value_gbp as value_in_currency,
        net_mass_kg,
        line_number,
        transport_mode,
        declaration_type,
        suppression,
        record_type,
        supplementary_quantity,
    from unioned
)

select * from renamed

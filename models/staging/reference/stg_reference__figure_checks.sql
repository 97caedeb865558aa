with

figure_checks as (
    select * from {{ ref('figure_checks') }}
),

renamed as (
    select
        check_id,
        fact_id,
        source_id,
        nomenclature,
        product_codes as product_codes_text,
        reporter_code,
        partner_codes as partner_codes_text,
        partner_scope,
        period,
        metric,
        reason_kind,
        reason,
        rounding_step,
    from figure_checks
)

select * from renamed

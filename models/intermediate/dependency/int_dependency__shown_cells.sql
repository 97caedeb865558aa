with

cells as (
    select * from {{ ref('int_dependency__cells') }}
),

-- Of countries outside the EU what is too small for a verdict is left out of verdicts.
final as (
    select
        product_period_number,
        reporter_code,
        own_import_value_eur,
        extra_eu_total_eur,
        extra_eu_border_eur + intra_eu_border_eur as extra_and_intra_eu_eur,
        coverage,
    from cells
    where is_eu_reporter or own_import_value_eur >= {{ var('small_cell_floor_eur') }}
)

select * from final

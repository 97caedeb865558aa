with

press_figures as (
    select * from {{ ref('gacc_exports_press_figures') }}
),

renamed as (
    select
        item,
        period as period_text,
        left(period, 7) as first_period,
        right(period, 7) as last_period,
        destination,
        unit,
        if(basis = 'stated', 'stated', 'derived') as basis,
        nullif(basis, 'stated') as basis_note,
        source_url,
        value as value_number,
    from press_figures
)

select * from renamed

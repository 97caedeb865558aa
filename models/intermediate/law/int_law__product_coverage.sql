with

scope_codes as (
    select * from {{ ref('int_law__scope_codes') }}
),

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

imports as (
    select * from {{ ref('int_trade__imports') }}
),

product_periods as (
    select * from {{ ref('int_trade__product_periods') }}
),

published as (
    select * from {{ ref('int_law__published_imports') }}
),

-- Every product and period by its number: there are far fewer than imports.
traded as (
    select
        left(product_periods.nomenclature, 2) as nomenclature_family,
        product_periods.product_code,
    from product_periods
    semi join imports
        on product_periods.product_period_number = imports.product_period_number
    where length(product_periods.product_code) >= 6
    union
    select
        left(nomenclature, 2) as nomenclature_family,
        product_code,
    from published
),

{{ codes_under_clauses('traded') }},

final as (
    select * from codes_under_clauses
)

select * from final

with

scope_codes as (
    select * from {{ ref('int_law__scope_codes') }}
),

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

weights as (
    select * from {{ ref('int_law__import_weights') }}
),

imports as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

-- Also what only months short of a year have, and what only published figures have.
traded as (
    select
        left(nomenclature, 2) as nomenclature_family,
        product_code,
    from imports
    where length(product_code) >= 6
    union
    select
        left(nomenclature, 2) as nomenclature_family,
        product_code,
    from weights
),

{{ codes_under_clauses('traded') }},

final as (
    select * from codes_under_clauses
)

select * from final

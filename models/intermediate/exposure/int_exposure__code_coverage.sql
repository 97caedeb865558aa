{{ config(materialized='table') }}

with

parts as (
    select * from {{ ref('stg_exposure__parts') }}
),

scope_codes as (
    select * from {{ ref('int_law__scope_codes') }}
),

clauses as (
    select * from {{ ref('int_law__clauses') }}
),

part_codes as (
    select distinct
        {{ nomenclature_family_of('product_code') }} as nomenclature_family,
        product_code,
    from parts
    where product_code is not null
),

{{ codes_under_clauses('part_codes') }},

final as (
    select * from codes_under_clauses
)

select * from final

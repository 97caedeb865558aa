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

hs6_codes as (
    select * from scope_codes
    where nomenclature = 'HS2022'
),

cn8_codes as (
    select * from scope_codes
    where nomenclature = 'CN2025'
),

-- Where a measure is mapped to CN8 codes of a subheading, only these hold its items;
-- where it is not, each code of the subheading may.
mapped_subheadings as (
    select distinct
        measure_id,
        left(product_code, 6) as hs6_code,
    from cn8_codes
),

covered as (
    select
        traded.nomenclature_family,
        traded.product_code,
        hs6_codes.measure_id,
        hs6_codes.is_whole,
        'as listed' as match_basis,
    from traded
    inner join hs6_codes
        on traded.product_code = hs6_codes.product_code
    where traded.nomenclature_family = 'HS'
    union all
    select
        traded.nomenclature_family,
        traded.product_code,
        cn8_codes.measure_id,
        cn8_codes.is_whole,
        'as mapped' as match_basis,
    from traded
    inner join cn8_codes
        on traded.product_code = cn8_codes.product_code
    where traded.nomenclature_family = 'CN'
    union all
    select
        traded.nomenclature_family,
        traded.product_code,
        hs6_codes.measure_id,
        hs6_codes.is_whole,
        'from its subheading' as match_basis,
    from traded
    inner join hs6_codes
        on left(traded.product_code, 6) = hs6_codes.product_code
    left join mapped_subheadings
        on
            hs6_codes.measure_id = mapped_subheadings.measure_id
            and hs6_codes.product_code = mapped_subheadings.hs6_code
    where traded.nomenclature_family = 'CN' and mapped_subheadings.hs6_code is null
),

-- A clause addressed to one firm covers a part of unknown size.
final as (
    select
        covered.measure_id,
        clauses.clause_id,
        covered.nomenclature_family,
        covered.product_code,
        covered.match_basis,
        case
            when clauses.addressee is not null then 'reference_only'
            when covered.is_whole then 'whole'
            else 'partial'
        end as coverage,
        cast(if(covered.is_whole and clauses.addressee is null, 1, 0) as decimal(9, 6))
            as share_low,
        cast(if(covered.is_whole and clauses.addressee is null, 1, null) as decimal(9, 6))
            as share_central,
        cast(1 as decimal(9, 6)) as share_high,
    from covered
    inner join clauses
        on covered.measure_id = clauses.act_id
)

select * from final

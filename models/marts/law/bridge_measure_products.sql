with

scope_codes as (select * from {{ ref('int_law__scope_codes') }}),
clauses as (select * from {{ ref('int_law__clauses') }}),
listed_goods as (select * from {{ ref('listed_goods') }}),

marked as (
    select
        clauses.act_id as measure_id,
        clauses.clause_id,
        scope_codes.* exclude (scope_codes.measure_id, scope_codes.is_whole, scope_codes.basis),
        case
            when scope_codes.nomenclature = 'none' then 'none_listed'
            when clauses.addressee is not null then 'reference_only'
            when scope_codes.is_whole then 'whole'
            else 'partial'
        end as coverage,
        scope_codes.basis as code_basis,
        listed_goods.goods_name,
        listed_goods.naming_order,
    from scope_codes
    inner join clauses
        on scope_codes.measure_id = clauses.act_id
    left join listed_goods
        on left(scope_codes.product_code, 6) = listed_goods.hs6_code
),

final as (
    select
        *,
        cast(
            case coverage when 'whole' then 1 when 'none_listed' then null else 0 end
            as decimal(9, 6)
        ) as share_low,
        cast(case coverage when 'whole' then 1 end as decimal(9, 6)) as share_central,
        cast(case coverage when 'none_listed' then null else 1 end as decimal(9, 6)) as share_high,
        case
            when coverage = 'none_listed' then null
            when coverage <> 'whole' then 'bound: a part of unknown size'
            when nomenclature = 'CN_TARIFF' then 'own reading of the tariff text'
            else 'own mapping'
        end as share_low_basis,
        case
            when coverage <> 'whole' then null
            when nomenclature = 'CN_TARIFF' then 'own reading of the tariff text'
            else 'own mapping'
        end as share_central_basis,
        share_low_basis as share_high_basis,
        case
            when coverage = 'whole' then 'settled'
            when coverage = 'none_listed' then 'no_code'
            else 'bounds_only'
        end as certainty,
    from marked
)

select * from final
order by measure_id, clause_id, nomenclature, product_code

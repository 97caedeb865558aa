with

imports as (select * from {{ ref('int_trade__compared_imports') }}),

links as (
    select * from {{ ref('int_trade__edition_links') }}
    where link = 'same' and basis <> 'waste'
),

totals as (
    select
        total_number,
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        hs_nomenclature,
        hs6_code,
        bool_or(is_partial) as is_partial,
        cast(sum(value_eur) as double) as value_eur,
        arg_max(partner_code, (value_eur, partner_code)) as top_supplier,
        cast(max(value_eur) as double) / cast(sum(value_eur) as double) as top_share,
    from imports
    group by all
),

same_goods as (
    select distinct
        hs_nomenclature,
        hs6_code,
        hs_nomenclature as other_hs_nomenclature,
        hs6_code as other_hs6_code,
    from totals
    union all
    select
        nomenclature as hs_nomenclature,
        product_code as hs6_code,
        linked_nomenclature as other_hs_nomenclature,
        linked_code as other_hs6_code,
    from links
),

final as (
    select
        totals.*,
        others.total_number as other_total_number,
        others.source_id as other_source_id,
        others.nomenclature as other_nomenclature,
        others.product_code as other_product_code,
        others.value_eur as other_value_eur,
        others.top_supplier as other_top_supplier,
        others.top_share as other_top_share,
    from totals
    inner join same_goods
        using (hs_nomenclature, hs6_code)
    inner join totals as others
        on
            same_goods.other_hs_nomenclature = others.hs_nomenclature
            and same_goods.other_hs6_code = others.hs6_code
            and totals.reporter_code = others.reporter_code
            and totals.period = others.period
            and totals.source_id <> others.source_id
)

select * from final

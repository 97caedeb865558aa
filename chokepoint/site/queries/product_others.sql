-- One row per product and other source or code of its subheading: the EU's imports from outside it
-- in the latest complete year, how the codes relate, and whether the two sources agree.
with

annual as (
    select
        concentration.*,
        if(sources.leaves_goods_out, sources.note, null) as leaves_out,
    from temp.annual_imports as concentration
    inner join marts.dim_trade_source as sources using (source_id)
    where concentration.reporter_code = 'EU27' and concentration.supplier_scope = 'extra_eu'
    qualify
        row_number() over (
            partition by concentration.source_id, concentration.product_code
            order by concentration.period desc
        ) = 1
)

select
    products.product_code as of_product_code,
    products.source_id as of_source_id,
    others.* replace (coalesce(products.leaves_out, others.leaves_out) as leaves_out),
    case
        when
            others.product_code = products.product_code
            and (others.nomenclature = products.nomenclature or links.link = 'same')
            then 'same'
        when others.product_code = products.product_code then 'number'
        when length(others.product_code) <> 8 then 'subheading'
        when ends_with(others.product_code, '00') then 'whole'
        else 'part'
    end as relation,
    agreed.verdict,
from annual as products
inner join annual as others
    on
        left(products.product_code, 6) = left(others.product_code, 6)
        and (products.source_id <> others.source_id or products.product_code <> others.product_code)
left join marts.bridge_product_editions as links
    on
        (products.nomenclature, products.product_code) = (links.nomenclature, links.product_code)
        and others.nomenclature = links.linked_nomenclature
        and others.product_code = links.linked_code
left join marts.fct_source_agreement as agreed
    on
        agreed.reporter_code = 'EU27'
        and products.source_id = agreed.source_id
        and products.product_code = agreed.product_code
        and products.period = agreed.period
        and others.source_id = agreed.other_source_id
        and others.product_code = agreed.other_product_code
        and others.period = agreed.period
order by products.product_code, others.product_code, others.source_id, products.source_id;

-- One row per product and other source or code of its subheading: the EU's imports from outside it
-- in the latest complete year, how the codes relate, and whether the two sources agree.
with

annual as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        import_value_eur,
        top_supplier_iso3,
        top_supplier_value_share,
        hhi_value,
    from marts.fct_import_concentration
    where
        reporter_code = 'EU27'
        and supplier_scope = 'extra_eu'
        and frequency = 'annual'
        and cast(period || '-12-31' as date) < cast(getvariable('as_of') as date)
    qualify row_number() over (partition by source_id, product_code order by period desc) = 1
)

select
    products.product_code as of_product_code,
    products.source_id as of_source_id,
    others.*,
    other_sources.source_name,
    case
        when others.product_code <> products.product_code
            then
                if(
                    length(others.product_code) = 8,
                    if(right(others.product_code, 2) = '00', 'whole', 'part'),
                    'subheading'
                )
        when others.nomenclature = products.nomenclature or links.link = 'same' then 'same'
        else 'number'
    end as relation,
    agreed.verdict,
    case
        when sources.leaves_goods_out then sources.note
        when other_sources.leaves_goods_out then other_sources.note
    end as leaves_out,
from annual as products
inner join annual as others
    on
        left(products.product_code, 6) = left(others.product_code, 6)
        and (products.source_id <> others.source_id or products.product_code <> others.product_code)
left join marts.bridge_product_editions as links
    on
        products.nomenclature = links.nomenclature
        and products.product_code = links.product_code
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
left join marts.dim_trade_source as sources
    on products.source_id = sources.source_id
left join marts.dim_trade_source as other_sources
    on others.source_id = other_sources.source_id
order by products.product_code, others.product_code, others.source_id;

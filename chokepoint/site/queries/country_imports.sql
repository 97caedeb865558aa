-- One row per importer and material with figures: its imports of the code that holds the material
-- best (it holds little else, and has most trade). Beside them what the EU27 bought of it in that
-- year by the same source: in all, and from the importer's largest supplier. Of members of the EU27
-- imports are those from outside it. Reads temp.product_importers, material_links and
-- eu_partner_shares.
with

wholes as (
    select distinct
        source_id,
        nomenclature,
        product_code,
        period,
        whole_value_eur,
    from temp.eu_partner_shares
)

select
    own.*,
    links.material,
    links.match_quality,
    products.product_name,
    wholes.whole_value_eur as eu_value_eur,
    shares.value_share as eu_share,
from temp.product_importers as own
inner join temp.material_links as links
    on own.product_code = links.product_code
left join marts.dim_product as products
    on own.product_code = products.product_code
left join wholes
    on
        own.source_id = wholes.source_id
        and own.nomenclature = wholes.nomenclature
        and own.product_code = wholes.product_code
        and own.period = wholes.period
left join temp.eu_partner_shares as shares
    on
        own.source_id = shares.source_id
        and own.nomenclature = shares.nomenclature
        and own.product_code = shares.product_code
        and own.period = shares.period
        and own.top_supplier_iso3 = shares.partner_iso3
qualify
    row_number() over (
        partition by own.reporter_code, links.material
        order by
            -- No code of a group holds one element more than the others: the wider the better.
            links.is_group and links.stage = 'product',
            links.is_group and len(own.product_code) > 6,
            if(links.is_group, 0, links.match_rank),
            own.top_supplier_value_share is null,
            own.import_value_eur desc,
            own.product_code,
            links.match_rank
    ) = 1
order by own.reporter_code, links.material;

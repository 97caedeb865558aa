-- One row per importer and material with figures: its imports of the code that holds the material
-- best (it holds little else, and has most trade). Beside them what the EU27 bought of it in that
-- year by the same source: in all, and from the importer's largest supplier. Of members of the EU27
-- imports are those from outside it. Reads temp.product_importers.
select
    own.*,
    links.material,
    links.match_quality,
    products.product_name,
    whole.import_value_eur as eu_value_eur,
    shares.value_share as eu_share,
from temp.product_importers as own
inner join marts.bridge_material_products as links
    on own.product_code = links.product_code
inner join marts.dim_material as materials
    on links.material = materials.material
left join marts.dim_product as products
    on own.product_code = products.product_code
left join marts.fct_import_concentration as whole
    on
        own.source_id = whole.source_id
        and own.nomenclature = whole.nomenclature
        and own.product_code = whole.product_code
        and own.period = whole.period
        and whole.reporter_code = 'EU27'
        and whole.supplier_scope = 'extra_eu'
left join marts.fct_partner_shares as shares
    on
        whole.source_id = shares.source_id
        and whole.nomenclature = shares.nomenclature
        and whole.product_code = shares.product_code
        and whole.period = shares.period
        and whole.reporter_code = shares.reporter_code
        and whole.supplier_scope = shares.supplier_scope
        and own.top_supplier_iso3 = shares.partner_iso3
qualify
    row_number() over (
        partition by own.reporter_code, links.material
        order by
            -- No code of a group holds one element more than the others: the wider the better.
            materials.member_names is not null and links.stage = 'product',
            materials.member_names is not null and len(own.product_code) > 6,
            if(
                materials.member_names is null,
                list_position(['exact', 'dominant', 'shared', 'proxy'], links.match_quality),
                0
            ),
            own.top_supplier_value_share is null,
            own.import_value_eur desc,
            own.product_code,
            list_position(['exact', 'dominant', 'shared', 'proxy'], links.match_quality)
    ) = 1
order by own.reporter_code, links.material;

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
),

shares as (
    select
        *,
        partner_iso3 as top_supplier_iso3,
    from temp.eu_partner_shares
)

select
    own.*,
    links.material,
    links.match_quality,
    wholes.whole_value_eur as eu_value_eur,
    shares.value_share as eu_share,
from temp.product_importers as own
inner join temp.material_links as links using (product_code)
left join wholes using (source_id, nomenclature, product_code, period)
left join shares using (source_id, nomenclature, product_code, period, top_supplier_iso3)
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

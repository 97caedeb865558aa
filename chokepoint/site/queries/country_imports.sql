-- One row per importer and material with figures: its imports of the goods by which the EU27's are
-- told (they hold little else, and most trade), or of its own best where it has none of those:
-- `is_other_code`. Of a CN code and the whole subheading the source to go by counts. Beside them
-- what the EU27 bought of it in that year by the same source: in all, and from the importer's
-- largest supplier; `ranked_codes` has all codes, that to go by first. Of members of the EU27
-- imports are those from outside it. No figure of the EU27 that a source contradicts is set beside.
with

sourced as (
    select
        own.*,
        links.* exclude (product_code),
        max(own.import_value_eur) over (
            partition by own.reporter_code, links.material, links.goods
        ) as most_value_eur,
    from temp.product_importers as own
    inner join temp.material_links as links using (product_code)
),

ranked as (
    select
        *,
        row_number() over (
            partition by reporter_code, material
            order by
                -- No code of a group holds one element more than the others: the wider the better.
                is_group and stage = 'product',
                is_group and len(product_code) > 6,
                if(is_group, 0, match_rank),
                top_supplier_value_share is null,
                most_value_eur desc,
                goods,
                is_passed_over,
                coverage is not null,
                source_rank,
                product_code
        ) as choice,
    from sourced
),

compared as (
    select
        *,
        any_value(goods) filter (where reporter_code = 'EU27' and choice = 1) over (
            partition by material
        ) as eu_goods,
        coalesce(goods <> eu_goods, true) as is_other_code,
        list(product_code) over (
            partition by reporter_code, material
            order by choice rows between unbounded preceding and unbounded following
        ) as ranked_codes,
    from ranked
)

select
    own.*,
    shares.whole_value_eur as eu_value_eur,
    if(shares.partner_iso3 = own.top_supplier_iso3, shares.value_share, null) as eu_share,
from compared as own
left join (
    from temp.eu_partner_shares
    where other_reading is null
) as shares
    using (source_id, nomenclature, product_code, period)
qualify
    row_number() over (
        partition by own.reporter_code, own.material
        order by own.is_other_code, own.choice, eu_share is null
    ) = 1
order by own.reporter_code, own.material;

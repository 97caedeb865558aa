-- One row per product and importer (the EU27, its members, the other importers that are followed)
-- with imports in the latest complete year that any of them has: of members and the EU27 from
-- outside the EU, of others from all countries; from the source to go by.
with

newest as (
    select
        imports.*,
        coalesce(countries.is_eu27_member, true) as is_member,
    from temp.annual_imports as imports
    left join marts.dim_country as countries
        on imports.reporter_code = countries.country_iso3
    where
        (imports.reporter_code = 'EU27' or countries.is_followed_importer)
        and imports.supplier_scope = if(is_member, 'extra_eu', 'all')
    qualify imports.period = max(imports.period) over (partition by imports.product_code)
)

select *
from newest
qualify
    row_number() over (
        partition by product_code, reporter_code
        order by is_passed_over, source_rank, nomenclature desc
    ) = 1
order by product_code, top_supplier_value_share desc, reporter_code;

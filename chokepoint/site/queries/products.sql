-- One row per product: names, and the EU's imports from outside it in the latest complete year of
-- the source to go by: one that two others contradict last, then by marts.dim_trade_source. Years
-- are drawn of the longest series among those that reach that year and that none contradicts.
with

annual as (
    select
        * rename (series_id as own_series_id),
        count(distinct period) over (partition by series_id, product_code) as year_count,
    from temp.annual_imports
    where reporter_code = 'EU27' and supplier_scope = 'extra_eu'
),

latest as (
    select
        *,
        first_value(own_series_id) over (
            partition by product_code
            order by period desc, is_passed_over, year_count desc, source_rank, source_id
        ) as drawn_series_id,
    from annual
    qualify
        row_number() over (
            partition by product_code
            order by period desc, is_passed_over, source_rank, source_id
        ) = 1
),

verdicts as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        count(*) filter (where is_dependent) as dependent_count,
        count(*) filter (where not is_dependent) as independent_count,
    from marts.fct_dependency_verdicts
    where reporter_code = 'EU27'
    group by all
),

-- Imports by partner of codes without a total: those that trade under measures is weighed by.
by_partner as (
    select
        weights.product_code,
        string_agg(
            format('€{:,.0f} million', weights.value_eur / 1e6) || ' from '
            || countries.country_name || ' in ' || weights.period,
            ', ' order by weights.value_eur desc
        ) as partners,
    from reports.latest_imports('EU27', null, getvariable('as_of')) as weights
    anti join annual using (product_code)
    inner join marts.dim_country as countries
        on weights.partner_iso3 = countries.country_iso3
    group by weights.product_code
)

select
    latest.* exclude (product_code),
    products.product_code,
    products.nomenclature_family,
    coalesce(products.product_name, 'Product ' || products.product_code) as product_name,
    nullif(concat_ws(': ', products.note, by_partner.partners), '') as note,
    coalesce(verdicts.dependent_count, 0) as dependent_count,
    coalesce(verdicts.independent_count, 0) as independent_count,
from marts.dim_product as products
left join latest using (product_code)
left join by_partner using (product_code)
left join verdicts using (source_id, nomenclature, product_code, period)
order by products.product_code, products.nomenclature_family;

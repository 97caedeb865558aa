-- One row per product: names, and the EU's imports from outside it in the latest complete year of
-- the source to go by: one that two others contradict last, then by marts.dim_trade_source. Years
-- are drawn of the longest series among those that reach that year and that none contradicts.
with

annual as (
    select
        concentration.*,
        sources.series_id,
        sources.source_name,
        sources.source_rank,
        count(distinct concentration.period)
            over (partition by sources.series_id, concentration.product_code) as year_count,
    from marts.fct_import_concentration as concentration
    inner join marts.dim_trade_source as sources
        on concentration.source_id = sources.source_id
    where
        concentration.reporter_code = 'EU27'
        and concentration.supplier_scope = 'extra_eu'
        and concentration.frequency = 'annual'
        and cast(concentration.period || '-12-31' as date) < cast(getvariable('as_of') as date)
),

passed_over as (
    select distinct
        source_id,
        product_code,
        period,
    from marts.fct_source_agreement
    where reporter_code = 'EU27' and is_passed_over
),

ranked as (
    select
        annual.*,
        passed_over.source_id is not null as is_passed_over,
    from annual
    left join passed_over
        on
            annual.source_id = passed_over.source_id
            and annual.product_code = passed_over.product_code
            and annual.period = passed_over.period
),

latest as (
    select
        *,
        series_id as own_series_id,
        first_value(series_id) over (
            partition by product_code
            order by period desc, is_passed_over, year_count desc, source_rank, source_id
        ) as drawn_series_id,
    from ranked
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
)

select
    products.nomenclature_family,
    products.product_code,
    coalesce(products.product_name, 'Product ' || products.product_code) as product_name,
    products.note,
    latest.source_id,
    latest.nomenclature,
    latest.period,
    latest.source_name,
    latest.own_series_id,
    latest.drawn_series_id,
    latest.import_value_eur,
    latest.net_mass_kg,
    latest.hhi_value,
    latest.top_supplier_iso3,
    latest.top_supplier_value_share,
    coalesce(verdicts.dependent_count, 0) as dependent_count,
    coalesce(verdicts.independent_count, 0) as independent_count,
from marts.dim_product as products
left join latest on products.product_code = latest.product_code
left join verdicts
    on
        latest.source_id = verdicts.source_id
        and latest.nomenclature = verdicts.nomenclature
        and latest.product_code = verdicts.product_code
        and latest.period = verdicts.period
order by products.product_code, products.nomenclature_family;

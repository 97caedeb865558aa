with

verdicts as (select * from {{ ref('fct_dependency_verdicts') }}),
products as (select * from {{ ref('dim_product') }}),

counted as (
    select
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        string_agg(definition_id, ', ' order by definition_id) filter (where is_dependent)
            as dependent_under,
        string_agg(definition_id, ', ' order by definition_id) filter (where not is_dependent)
            as not_dependent_under,
        string_agg(definition_id, ', ' order by definition_id) filter (where is_dependent is null)
            as no_verdict_under,
        max(import_value_eur) as import_value_eur,
        count(*) filter (where is_dependent) as dependent_count,
        count(*) filter (where not is_dependent) as not_dependent_count,
        count(*) filter (where is_dependent is null) as no_verdict_count,
    from verdicts
    group by reporter_code, source_id, nomenclature, product_code, period
),

final as (
    select
        counted.reporter_code,
        counted.source_id,
        counted.nomenclature,
        counted.product_code,
        counted.period,
        products.product_name,
        counted.dependent_under,
        counted.not_dependent_under,
        counted.no_verdict_under,
        counted.import_value_eur,
        cast(least(counted.dependent_count, counted.not_dependent_count) as integer)
            as conflicting_count,
        cast(counted.dependent_count as integer) as dependent_count,
        cast(counted.not_dependent_count as integer) as not_dependent_count,
        cast(counted.no_verdict_count as integer) as no_verdict_count,
    from counted
    left join products
        on
            left(counted.nomenclature, 2) = products.nomenclature_family
            and counted.product_code = products.product_code
    where counted.dependent_count > 0 and counted.not_dependent_count > 0
)

select * from final
order by conflicting_count desc, import_value_eur desc, reporter_code, product_code, period

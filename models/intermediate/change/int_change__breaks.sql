with

product_years as (select * from {{ ref('int_change__product_years') }}),
products as (select * from {{ ref('products') }}),

noted_breaks as (
    select
        sources.series_id,
        noted.* replace ({{ yes_or_no('noted.is_blocking') }} as is_blocking),
    from {{ ref('nomenclature_breaks') }} as noted
    inner join {{ ref('stg_reference__trade_sources') }} as sources
        on noted.source_id = sources.source_id
),

spans as (
    select
        series_id,
        product_code,
        left(min_by(nomenclature, period), 2) as nomenclature_family,
        min_by(nomenclature, period) as first_nomenclature,
        max_by(nomenclature, period) as last_nomenclature,
        min_by(source_id, period) as first_source_id,
        max_by(source_id, period) as last_source_id,
        min(period) as first_period,
        max(period) as last_period,
    from product_years
    group by series_id, product_code
),

-- The first and last year with imports of each product, beside those of its series.
product_spans as (
    select
        *,
        min(first_period) over (partition by series_id) as source_first_period,
        max(last_period) over (partition by series_id) as source_last_period,
    from spans
),

editions as (
    select
        series_id,
        product_code,
        hs_edition,
        min_by(source_id, period) as source_id,
        min(period) as first_period,
        min_by(nomenclature, period) as first_nomenclature,
        max_by(nomenclature, period) as last_nomenclature,
    from product_years
    group by series_id, product_code, hs_edition
),

edition_changes as (
    select
        series_id,
        source_id,
        product_code,
        first_period as break_period,
        'edition_change' as break_kind,
        lag(last_nomenclature) over earlier as nomenclature_before,
        first_nomenclature as nomenclature_from,
        'Figures are in ' || lag(last_nomenclature) over earlier || ' before '
        || first_period || ' and in ' || first_nomenclature || ' from then on' as reason,
        true as is_blocking,
    from editions
    window earlier as (partition by series_id, product_code order by first_period, hs_edition)
    qualify lag(last_nomenclature) over earlier is not null
),

-- Not blocking where the part that is listed is known: then bounds are computed instead.
coverage_changes as (
    select
        series_id,
        source_id,
        product_code,
        period as break_period,
        'coverage_change' as break_kind,
        lag(nomenclature) over earlier as nomenclature_before,
        nomenclature as nomenclature_from,
        'Partners listed: ' || coalesce(lag(coverage) over earlier, 'all') || ' before '
        || period || ', ' || coalesce(coverage, 'all') || ' from then on' as reason,
        {{ least_coverage('coverage') }} is null
        or {{ least_coverage('lag(coverage) over earlier') }} is null as is_blocking,
    from product_years
    window earlier as (partition by series_id, product_code order by period, nomenclature)
    qualify
        row_number() over earlier > 1
        and coverage is distinct from lag(coverage) over earlier
),

starts as (
    select
        product_spans.series_id,
        product_spans.first_source_id as source_id,
        product_spans.product_code,
        coalesce(cast(products.first_year as varchar), product_spans.first_period)
            as break_period,
        if(products.first_year is null, 'figures_start', 'code_starts') as break_kind,
        product_spans.first_nomenclature as nomenclature_from,
        coalesce(
            'The code exists from ' || products.first_year || ' on',
            'The source gives no figures for the code before ' || product_spans.first_period
            || '; whether the code is older is not said'
        ) as reason,
        true as is_blocking,
    from product_spans
    left join products
        using (nomenclature_family, product_code)
    where
        coalesce(cast(products.first_year as varchar), product_spans.first_period)
        > product_spans.source_first_period
),

-- A break noted for every product becomes one row per product of the source.
noted as (
    select noted_breaks.* replace (product_spans.product_code as product_code)
    from noted_breaks
    inner join product_spans
        on
            noted_breaks.series_id = product_spans.series_id
            and noted_breaks.product_code in ('*', product_spans.product_code)
    where
        noted_breaks.break_period > product_spans.first_period
        and noted_breaks.break_period <= product_spans.source_last_period
),

-- Where the end of a code is noted, that figures end with it is no news.
ends as (
    select
        product_spans.series_id,
        product_spans.last_source_id as source_id,
        product_spans.product_code,
        min(later.period) as break_period,
        'figures_end' as break_kind,
        product_spans.last_nomenclature as nomenclature_before,
        'The source gives no figures for the code after ' || product_spans.last_period as reason,
        true as is_blocking,
    from product_spans
    inner join product_years as later
        on
            product_spans.series_id = later.series_id
            and product_spans.last_period < later.period
    anti join noted
        on
            product_spans.series_id = noted.series_id
            and product_spans.product_code = noted.product_code
            and noted.break_kind = 'code_ends'
    group by all
),

derived as (
    select * from edition_changes
    union all by name
    select * from coverage_changes
    union all by name
    select * from starts
    union all by name
    select * from ends
),

final as (
    select
        *,
        'derived from the figures' as basis,
    from derived
    union all by name
    select * from noted
)

select * from final

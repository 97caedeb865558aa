with

imports_by_supplier as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

products as (
    select * from {{ ref('stg_reference__products') }}
),

noted_breaks as (
    select * from {{ ref('stg_trade__nomenclature_breaks') }}
),

-- Annual figures only: in a month a small product may simply not be traded.
figures as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        {{ hs_edition('nomenclature') }} as hs_edition,
        max(coverage) as coverage,
    from imports_by_supplier
    where frequency = 'annual' and value_in_currency > 0
    group by source_id, nomenclature, product_code, period
),

editions as (
    select
        source_id,
        product_code,
        hs_edition,
        min(period) as first_period,
        min_by(nomenclature, period) as first_nomenclature,
        max_by(nomenclature, period) as last_nomenclature,
    from figures
    group by source_id, product_code, hs_edition
),

edition_changes as (
    select
        source_id,
        product_code,
        cast(null as varchar) as partner_code,
        first_period as break_period,
        'edition_change' as break_kind,
        lag(last_nomenclature) over earlier as nomenclature_before,
        first_nomenclature as nomenclature_from,
        'Figures are in ' || lag(last_nomenclature) over earlier || ' before '
        || first_period || ' and in ' || first_nomenclature || ' from then on' as reason,
        true as is_blocking,
    from editions
    window earlier as (partition by source_id, product_code order by first_period, hs_edition)
    qualify lag(last_nomenclature) over earlier is not null
),

coverages as (
    select
        source_id,
        product_code,
        period,
        nomenclature,
        coverage,
        lag(coverage) over earlier as coverage_before,
        lag(nomenclature) over earlier as nomenclature_before,
    from figures
    window earlier as (partition by source_id, product_code order by period, nomenclature)
    qualify row_number() over earlier > 1
),

-- Not blocking where the part that is listed is known: then bounds are computed instead.
coverage_changes as (
    select
        source_id,
        product_code,
        cast(null as varchar) as partner_code,
        period as break_period,
        'coverage_change' as break_kind,
        nomenclature_before,
        nomenclature as nomenclature_from,
        'Partners listed: ' || coalesce(coverage_before, 'all') || ' before '
        || period || ', ' || coalesce(coverage, 'all') || ' from then on' as reason,
        {{ least_coverage('coverage') }} is null
        or {{ least_coverage('coverage_before') }} is null as is_blocking,
    from coverages
    where coverage is distinct from coverage_before
),

source_periods as (
    select distinct
        source_id,
        period,
    from figures
),

source_spans as (
    select
        source_id,
        min(period) as first_period,
        max(period) as last_period,
    from source_periods
    group by source_id
),

product_spans as (
    select
        source_id,
        product_code,
        left(min_by(nomenclature, period), 2) as nomenclature_family,
        min_by(nomenclature, period) as first_nomenclature,
        max_by(nomenclature, period) as last_nomenclature,
        min(period) as first_period,
        max(period) as last_period,
    from figures
    group by source_id, product_code
),

starts as (
    select
        product_spans.source_id,
        product_spans.product_code,
        cast(null as varchar) as partner_code,
        coalesce(cast(products.first_year as varchar), product_spans.first_period)
            as break_period,
        case when products.first_year is not null then 'code_starts' else 'figures_start' end
            as break_kind,
        cast(null as varchar) as nomenclature_before,
        product_spans.first_nomenclature as nomenclature_from,
        case
            when products.first_year is not null
                then 'The code exists from ' || products.first_year || ' on'
            else
                'The source gives no figures for the code before ' || product_spans.first_period
                || '; whether the code is older is not said'
        end as reason,
        true as is_blocking,
    from product_spans
    inner join source_spans
        on product_spans.source_id = source_spans.source_id
    left join products
        on
            product_spans.nomenclature_family = products.nomenclature_family
            and product_spans.product_code = products.product_code
    where
        coalesce(cast(products.first_year as varchar), product_spans.first_period)
        > source_spans.first_period
),

ends as (
    select
        product_spans.source_id,
        product_spans.product_code,
        cast(null as varchar) as partner_code,
        min(source_periods.period) as break_period,
        'figures_end' as break_kind,
        product_spans.last_nomenclature as nomenclature_before,
        cast(null as varchar) as nomenclature_from,
        'The source gives no figures for the code after ' || product_spans.last_period as reason,
        true as is_blocking,
    from product_spans
    inner join source_periods
        on
            product_spans.source_id = source_periods.source_id
            and product_spans.last_period < source_periods.period
    group by
        product_spans.source_id,
        product_spans.product_code,
        product_spans.last_nomenclature,
        product_spans.last_period
),

derived as (
    select * from edition_changes
    union all
    select * from coverage_changes
    union all
    select * from starts
    union all
    select * from ends
),

-- A break noted for every product becomes one row per product of the source.
noted as (
    select
        noted_breaks.source_id,
        product_spans.product_code,
        noted_breaks.partner_code,
        noted_breaks.break_period,
        noted_breaks.break_kind,
        noted_breaks.reason,
        noted_breaks.basis,
        noted_breaks.source_title,
        noted_breaks.source_url,
        noted_breaks.is_blocking,
    from noted_breaks
    inner join product_spans
        on
            noted_breaks.source_id = product_spans.source_id
            and noted_breaks.product_code in ('*', product_spans.product_code)
    inner join source_spans
        on noted_breaks.source_id = source_spans.source_id
    where
        noted_breaks.break_period > product_spans.first_period
        and noted_breaks.break_period <= source_spans.last_period
),

final as (
    select
        derived.source_id,
        derived.product_code,
        derived.partner_code,
        derived.break_period,
        derived.break_kind,
        derived.nomenclature_before,
        derived.nomenclature_from,
        derived.reason,
        'derived from the figures' as basis,
        cast(null as varchar) as source_title,
        cast(null as varchar) as source_url,
        derived.is_blocking,
    from derived
    where
        derived.break_kind <> 'figures_end'
        or not exists (
            select 1
            from noted
            where
                noted.source_id = derived.source_id
                and noted.product_code = derived.product_code
                and noted.break_kind = 'code_ends'
        )
    union all
    select
        source_id,
        product_code,
        partner_code,
        break_period,
        break_kind,
        cast(null as varchar) as nomenclature_before,
        cast(null as varchar) as nomenclature_from,
        reason,
        basis,
        source_title,
        source_url,
        is_blocking,
    from noted
)

select * from final

with

figures as (select * from {{ ref('int_change__figures') }}),

-- The EU27's years by themselves: a source may list its imports in more years than its members'.
series_periods as (
    select distinct
        series_id,
        reporter_code = 'EU27' as is_eu27,
        period,
    from figures
),

-- The year before, and the year that lies 24 months back.
lags as (
    select
        later.*,
        earlier.period as base_period,
        cast(later.period as integer) - cast(earlier.period as integer) as lag_years,
    from series_periods as later
    inner join series_periods as earlier
        on
            later.series_id = earlier.series_id
            and later.is_eu27 = earlier.is_eu27
            and cast(later.period as integer) - cast(earlier.period as integer) in (1, 2)
),

-- Where a source gives a period in two editions, the base is of the same edition if there is one.
from_later as (
    select
        later.reporter_code,
        later.supplier_scope,
        later.series_id,
        later.source_id,
        later.nomenclature,
        later.product_code,
        later.period,
        lags.base_period,
        earlier.source_id as source_id_before,
        earlier.nomenclature as nomenclature_before,
        lags.lag_years,
        earlier.cell_number as cell_number_before,
        later.cell_number as cell_number_after,
    from figures as later
    inner join lags
        on
            later.series_id = lags.series_id
            and (later.reporter_code = 'EU27') = lags.is_eu27
            and later.period = lags.period
    left join figures as earlier
        on
            later.reporter_code = earlier.reporter_code
            and later.supplier_scope = earlier.supplier_scope
            and later.series_id = earlier.series_id
            and later.product_code = earlier.product_code
            and lags.base_period = earlier.period
    qualify
        row_number() over (
            partition by later.cell_number, lags.base_period
            order by
                earlier.nomenclature is not distinct from later.nomenclature desc,
                earlier.hs_edition is not distinct from later.hs_edition desc,
                earlier.nomenclature desc
        ) = 1
),

gone as (
    select
        earlier.reporter_code,
        earlier.supplier_scope,
        earlier.series_id,
        any_value(earlier.source_id) as source_id,
        max(earlier.nomenclature) as nomenclature,
        earlier.product_code,
        lags.period,
        lags.base_period,
        any_value(earlier.source_id) as source_id_before,
        max(earlier.nomenclature) as nomenclature_before,
        lags.lag_years,
        max_by(earlier.cell_number, earlier.nomenclature) as cell_number_before,
    from figures as earlier
    inner join lags
        on
            earlier.series_id = lags.series_id
            and (earlier.reporter_code = 'EU27') = lags.is_eu27
            and earlier.period = lags.base_period
    left join figures as later
        on
            earlier.reporter_code = later.reporter_code
            and earlier.supplier_scope = later.supplier_scope
            and earlier.series_id = later.series_id
            and earlier.product_code = later.product_code
            and lags.period = later.period
    where later.period is null
    group by all
),

final as (
    select * from from_later
    union all by name
    select * from gone
)

select * from final

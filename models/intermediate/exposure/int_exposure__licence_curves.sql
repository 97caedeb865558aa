with

curve_strata as (select * from {{ ref('int_licensing__curve_strata') }}),
stock_use as (select * from {{ ref('int_exposure__stock_use') }}),

graph_origins as (
    select distinct data_origin
    from stock_use
),

-- Only an own graph may see an own register; without one it has the synthetic curves, too.
registers as (
    select
        graph_origins.data_origin,
        max_by(curve_strata.data_origin, curve_strata.data_origin = 'own') as curve_origin,
    from graph_origins
    inner join curve_strata
        on
            curve_strata.stratum_kind = 'all'
            and (curve_strata.data_origin = 'synthetic' or graph_origins.data_origin = 'own')
    group by graph_origins.data_origin
),

final as (
    select
        registers.data_origin,
        curve_strata.data_origin as curve_origin,
        curve_strata.stratum_kind,
        curve_strata.stratum,
        curve_strata.decided_cases,
        curve_strata.is_enough,
        curve_strata.as_of_date,
    from registers
    inner join curve_strata
        on registers.curve_origin = curve_strata.data_origin
)

select * from final

with

survival as (
    select * from {{ ref('int_licensing__survival') }}
),

stock_use as (
    select * from {{ ref('int_exposure__stock_use') }}
),

graph_origins as (
    select distinct data_origin
    from stock_use
),

latest_curves as (
    select
        data_origin,
        as_of_date,
        stratum_kind,
        stratum,
    from survival
    where clock = 'calendar_days' and stratum_kind in ('all', 'material')
    group by data_origin, as_of_date, stratum_kind, stratum
    qualify as_of_date = max(as_of_date) over (partition by data_origin)
),

-- Only an own graph may see an own register; without one it has the synthetic curves, too.
registers as (
    select
        graph_origins.data_origin,
        max_by(latest_curves.data_origin, latest_curves.data_origin = 'own') as curve_origin,
    from graph_origins
    inner join latest_curves
        on
            latest_curves.stratum_kind = 'all'
            and (latest_curves.data_origin = 'synthetic' or graph_origins.data_origin = 'own')
    group by graph_origins.data_origin
),

final as (
    select
        registers.data_origin,
        latest_curves.data_origin as curve_origin,
        latest_curves.stratum_kind,
        latest_curves.stratum,
        latest_curves.as_of_date,
    from registers
    inner join latest_curves
        on registers.curve_origin = latest_curves.data_origin
)

select * from final

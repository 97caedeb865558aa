with

scenarios as (select * from {{ ref('int_scenarios__scenarios') }}),
licence_pace as (select * from {{ ref('int_scenarios__licence_pace') }}),
backlog as (select * from {{ ref('fct_licence_backlog') }}),
newly_licensed_orders as (select * from {{ ref('int_exposure__newly_licensed_orders') }}),

-- Months of the last reading of each register.
materials as (
    select * from backlog
    where stratum_kind in ('all', 'material')
    qualify as_of_date = max(as_of_date) over (partition by data_origin)
),

numbered as (
    select
        *,
        is_whole_month and row_number() over (
            partition by data_origin, stratum_kind, stratum, is_whole_month order by period desc
        ) <= 3 as is_recent,
    from materials
),

-- Flows of the last three whole months before the register was read.
flows as (
    select
        data_origin,
        stratum_kind,
        stratum,
        as_of_date,
        arg_max(closing, period) as pending,
        count(*) filter (where is_recent) as month_count,
        avg(filed) filter (where is_recent) as filed_per_month,
        avg(decided + withdrawn) filter (where is_recent) as closed_per_month,
    from numbered
    group by data_origin, stratum_kind, stratum, as_of_date
    having month_count > 0
),

-- An order that comes under control is an application more, of its material and of all.
needed as (
    select
        scenario_id,
        graph_origin as data_origin,
        if(grouping(licence_material) = 1, 'all', 'material') as stratum_kind,
        if(grouping(licence_material) = 1, 'all', licence_material) as stratum,
        count(*) as order_count,
    from newly_licensed_orders
    group by
        grouping sets ((scenario_id, graph_origin), (scenario_id, graph_origin, licence_material))
),

-- A change of some materials slows all cases by their part in what is closed.
slowed as (
    select
        licence_pace.scenario_id,
        flows.data_origin,
        case when flows.stratum is null then 'all' else 'material' end as stratum_kind,
        coalesce(flows.stratum, 'all') as stratum,
        sum(flows.closed_per_month * (licence_pace.pace_factor - 1)) as closed_per_month_more,
    from licence_pace
    inner join flows
        on licence_pace.stratum_kind = flows.stratum_kind and licence_pace.stratum = flows.stratum
    where licence_pace.stratum_kind = 'material'
    group by grouping sets (
        (licence_pace.scenario_id, flows.data_origin),
        (licence_pace.scenario_id, flows.data_origin, flows.stratum)
    )
),

paced as (
    select
        scenarios.scenario_id,
        scenarios.scenario_origin,
        flows.*,
        coalesce(
            case when flows.stratum_kind = 'material' then slowed.closed_per_month_more end,
            flows.closed_per_month * (licence_pace.pace_factor - 1),
            slowed.closed_per_month_more,
            0
        ) as closed_per_month_more,
    from scenarios
    cross join flows
    left join slowed
        using (scenario_id, data_origin, stratum_kind, stratum)
    left join licence_pace
        on scenarios.scenario_id = licence_pace.scenario_id and licence_pace.stratum_kind = 'all'
),

queued as (
    select
        paced.* exclude (
            paced.scenario_origin, paced.data_origin, paced.closed_per_month,
            paced.closed_per_month_more
        ),
        case when paced.scenario_origin = 'own' then 'own' else paced.data_origin end
            as data_origin,
        paced.data_origin as register_origin,
        paced.closed_per_month + paced.closed_per_month_more as closed_per_month,
        coalesce(needed.order_count, 0) as newly_needed,
    from paced
    left join needed
        using (scenario_id, data_origin, stratum_kind, stratum)
),

final as (
    select
        queued.* exclude (month_count, filed_per_month, closed_per_month),
        pending + newly_needed as queue,
        cast(month_count as integer) as month_count,
        {{ significant('filed_per_month') }} as filed_per_month,
        {{ significant('closed_per_month') }} as closed_per_month,
        {{ significant('(pending + newly_needed) / nullif(closed_per_month, 0)') }}
            as months_to_clear,
        {%- for months in [3, 6, 12] %}
        {{ significant(
            'greatest(0, pending + newly_needed + '
            ~ months ~ ' * (filed_per_month - closed_per_month))'
        ) }} as queue_in_{{ months }}_months,
        {%- endfor %}
    from queued
)

select * from final
order by scenario_id, data_origin, register_origin, stratum_kind, stratum

with

scenarios as (
    select * from {{ ref('int_scenarios__scenarios') }}
),

licence_pace as (
    select * from {{ ref('int_scenarios__licence_pace') }}
),

backlog as (
    select * from {{ ref('fct_licence_backlog') }}
),

newly_licensed_orders as (
    select * from {{ ref('int_exposure__newly_licensed_orders') }}
),

materials as (
    select * from backlog
    where stratum_kind in ('all', 'material')
),

last_readings as (
    select
        data_origin,
        max(as_of_date) as as_of_date,
    from materials
    group by data_origin
),

-- Flows of the last three whole months before the register was read.
recent as (
    select materials.*
    from materials
    semi join last_readings
        using (data_origin, as_of_date)
    where materials.is_whole_month
    qualify
        row_number() over (
            partition by materials.data_origin, materials.stratum_kind, materials.stratum
            order by materials.period desc
        ) <= 3
),

flows as (
    select
        data_origin,
        stratum_kind,
        stratum,
        count(*) as month_count,
        avg(filed) as filed_per_month,
        avg(decided + withdrawn) as closed_per_month,
    from recent
    group by data_origin, stratum_kind, stratum
),

stocks as (
    select
        materials.data_origin,
        materials.stratum_kind,
        materials.stratum,
        materials.as_of_date,
        arg_max(materials.closing, materials.period) as pending,
    from materials
    semi join last_readings
        using (data_origin, as_of_date)
    group by
        materials.data_origin, materials.stratum_kind, materials.stratum, materials.as_of_date
),

-- An order that comes under control is an application more, of its material and of all.
needed as (
    select
        scenario_id,
        graph_origin as data_origin,
        'all' as stratum_kind,
        'all' as stratum,
        count(*) as order_count,
    from newly_licensed_orders
    group by scenario_id, graph_origin
    union all
    select
        scenario_id,
        graph_origin as data_origin,
        'material' as stratum_kind,
        licence_material as stratum,
        count(*) as order_count,
    from newly_licensed_orders
    where licence_material is not null
    group by scenario_id, graph_origin, licence_material
),

-- A change of some materials slows all cases by their part in what is closed.
slowed_materials as (
    select
        licence_pace.scenario_id,
        flows.data_origin,
        flows.stratum,
        flows.closed_per_month * (licence_pace.pace_factor - 1) as closed_per_month_more,
    from licence_pace
    inner join flows
        on licence_pace.stratum = flows.stratum and flows.stratum_kind = 'material'
    where licence_pace.stratum_kind = 'material'
),

paced_all as (
    select
        scenario_id,
        pace_factor,
    from licence_pace
    where stratum_kind = 'all'
),

paced as (
    select
        scenarios.scenario_id,
        scenarios.scenario_origin,
        flows.*,
        coalesce(
            slowed.closed_per_month_more,
            flows.closed_per_month * (paced_all.pace_factor - 1),
            case when flows.stratum_kind = 'all' then slowed_sums.closed_per_month_more end,
            0
        ) as closed_per_month_more,
    from scenarios
    cross join flows
    left join slowed_materials as slowed
        on
            scenarios.scenario_id = slowed.scenario_id
            and flows.data_origin = slowed.data_origin
            and flows.stratum = slowed.stratum
            and flows.stratum_kind = 'material'
    left join paced_all
        on scenarios.scenario_id = paced_all.scenario_id
    left join (
        select
            scenario_id,
            data_origin,
            sum(closed_per_month_more) as closed_per_month_more,
        from slowed_materials
        group by scenario_id, data_origin
    ) as slowed_sums
        on
            scenarios.scenario_id = slowed_sums.scenario_id
            and flows.data_origin = slowed_sums.data_origin
),

queued as (
    select
        paced.scenario_id,
        case when paced.scenario_origin = 'own' then 'own' else paced.data_origin end
            as data_origin,
        paced.data_origin as register_origin,
        paced.stratum_kind,
        paced.stratum,
        paced.month_count,
        paced.filed_per_month,
        paced.closed_per_month + paced.closed_per_month_more as closed_per_month,
        stocks.pending,
        coalesce(needed.order_count, 0) as newly_needed,
        stocks.as_of_date,
    from paced
    inner join stocks
        using (data_origin, stratum_kind, stratum)
    left join needed
        on
            paced.scenario_id = needed.scenario_id
            and paced.data_origin = needed.data_origin
            and paced.stratum_kind = needed.stratum_kind
            and paced.stratum = needed.stratum
),

final as (
    select
        scenario_id,
        data_origin,
        register_origin,
        stratum_kind,
        stratum,
        pending,
        newly_needed,
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
        as_of_date,
    from queued
)

select * from final
order by scenario_id, data_origin, register_origin, stratum_kind, stratum

with

readings as (select * from {{ ref('int_continuity__readings') }}),
source_periods as (select * from {{ ref('int_brief__source_periods') }}),
acts as (select * from {{ ref('int_brief__acts') }}),

registry as (
    {{ source_registry() }}
),

-- A month of one flow is one fact, and the total of its partners no other one: it is held against
-- the act announced last before it. A month that did not come has the reading `missing` and is no
-- surprise.
surprises as (
    select
        readings.*,
        acts.label,
        acts.materials,
        case when readings.reading = 'above' then 'above' else 'below' end as direction,
        concat_ws(
            '|',
            readings.source_id, readings.reporter_code, readings.flow, readings.partner_code,
            readings.nomenclature, readings.product_code
        ) as flow_id,
        -- A delivery that came late was not known on the usual day.
        greatest(readings.known_from, source_periods.knowable_from) as learned_on,
    from readings
    inner join acts
        on readings.measure_id = acts.act_id
    left join source_periods
        using (source_id, period)
    where
        readings.reading <> 'missing'
        and not readings.is_total
        and acts.known_from <= greatest(readings.known_from, source_periods.knowable_from)
    qualify
        row_number() over (
            partition by readings.series_number, readings.period
            order by readings.announced_on desc, readings.measure_id
        ) = 1
        and readings.reading in ('stopped', 'below', 'above')
),

final as (
    select
        'flow_surprise|' || surprises.flow_id || '|' || surprises.period as fact_id,
        'flow_surprise' as line_kind,
        case
            when surprises.is_short_baseline or surprises.direction = 'above' then 'low'
            when surprises.reading = 'stopped' then 'high'
            when surprises.deviation <= -0.5 then 'medium'
            else 'low'
        end as severity,
        case when surprises.data_origin = 'synthetic' then 'Synthetic sample: ' else '' end
        || surprises.reporter_code || ' ' || surprises.flow || 's of ' || surprises.product_code
        || case when surprises.flow = 'import' then ' from ' else ' to ' end
        || surprises.partner_code || ' in ' || surprises.period || ': '
        || case
            when surprises.reading = 'stopped' then 'none, after six months or more with trade'
            else
                cast(round(abs(100 * surprises.deviation)) as bigint)
                || '% ' || surprises.direction || ' the level projected from the months before'
        end
        || '; ' || surprises.label || ' was announced on ' || surprises.announced_on || '.'
            as headline,
        surprises.flow_id || '|' || surprises.direction as subject_id,
        surprises.measure_id,
        surprises.product_code,
        surprises.partner_code,
        surprises.source_id,
        surprises.materials as material,
        registry.url as evidence_url,
        registry.title as evidence_title,
        case when surprises.is_short_baseline then 'presumed' else 'settled' end as certainty,
        surprises.data_origin,
        surprises.period_end as event_date,
        surprises.learned_on as known_from,
    from surprises
    left join registry
        on surprises.source_id = registry.table_name
)

select * from final

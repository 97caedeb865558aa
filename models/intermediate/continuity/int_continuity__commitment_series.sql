with

-- A verdict that only some may see would be none: what stays at home judges no promise.
series as (
    select *
    from {{ ref('int_continuity__series') }}
    where not {{ is_held_back('source_id') }}
),

promises as (select * from {{ ref('stg_events__promises') }}),
indicators as (select * from {{ ref('stg_events__promise_indicators') }}),
acts as (select * from {{ ref('int_law__acts') }}),

-- Figures of a code that holds other goods as well say nothing about those promised.
roles as (
    select
        indicator_id,
        'promised' as series_role,
        product_code,
    from indicators
    where code_match <> 'finer_than_code'
    union all
    select
        indicator_id,
        'placebo' as series_role,
        placebo_product_code as product_code,
    from indicators
    where code_match <> 'finer_than_code'
),

ends as (
    select
        indicators.indicator_id,
        promises.made_on,
        indicators.indicator,
        indicators.flow,
        indicators.reporter_code,
        indicators.partner_code,
        roles.series_role,
        roles.product_code,
        coalesce(
            {{ first_day('acts.announced_on') }},
            {{ first_day('acts.effective_from') }},
            promises.made_on
        ) as baseline_end,
    from indicators
    inner join promises
        on indicators.commitment_id = promises.commitment_id
    inner join roles
        on indicators.indicator_id = roles.indicator_id
    left join acts
        on indicators.baseline_measure_id = acts.act_id
),

candidates as (
    select
        series.series_number,
        series.source_id,
        series.flow,
        series.reporter_code,
        series.partner_code,
        series.product_code,
        ends.indicator_id,
        ends.series_role,
        ends.baseline_end,
        bool_and(series.data_origin = 'press_claim') as is_press,
        count(*) filter (where series.period_end < ends.made_on) as month_count,
    from ends
    inner join series
        on
            ends.flow = series.flow
            and ends.reporter_code = series.reporter_code
            and ends.partner_code = series.partner_code
            and ends.product_code = series.product_code
            and series.is_known
            and if(
                ends.indicator = 'value',
                series.value_eur is not null,
                series.net_mass_kg is not null
            )
    where left(series.nomenclature, 2) = 'HS'
    group by all
),

-- Customs before press; of several sources, the one with most known months before the promise that
-- state the indicator.
final as (
    select * exclude (flow, reporter_code, partner_code, product_code, month_count),
    from candidates
    qualify
        row_number() over (
            partition by indicator_id, series_role
            order by is_press, month_count desc, source_id
        ) = 1
)

select * from final

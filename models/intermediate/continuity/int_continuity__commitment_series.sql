with

series as (
    select * from {{ ref('int_continuity__series') }}
),

commitments as (
    select * from {{ ref('stg_events__commitments') }}
),

acts as (
    select * from {{ ref('int_law__acts') }}
),

-- Figures of a code that holds other goods as well say nothing about those promised.
roles as (
    select
        commitment_id,
        'promised' as series_role,
        product_code,
    from commitments
    where code_match <> 'finer_than_code'
    union all
    select
        commitment_id,
        'placebo' as series_role,
        placebo_product_code as product_code,
    from commitments
    where code_match <> 'finer_than_code'
),

ends as (
    select
        commitments.commitment_id,
        commitments.made_on,
        commitments.indicator,
        commitments.flow,
        commitments.reporter_code,
        commitments.partner_code,
        roles.series_role,
        roles.product_code,
        coalesce(
            {{ first_day('acts.announced_on') }},
            {{ first_day('acts.effective_from') }},
            commitments.made_on
        ) as baseline_end,
    from commitments
    inner join roles
        on commitments.commitment_id = roles.commitment_id
    left join acts
        on commitments.baseline_measure_id = acts.act_id
),

-- Of several sources, the one with most known months before the promise that state the indicator.
candidates as (
    select
        series.series_number,
        series.source_id,
        series.flow,
        series.reporter_code,
        series.partner_code,
        series.product_code,
        ends.commitment_id,
        ends.series_role,
        ends.baseline_end,
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

final as (
    select
        commitment_id,
        series_role,
        series_number,
        source_id,
        baseline_end,
    from candidates
    qualify
        row_number() over (
            partition by commitment_id, series_role order by month_count desc, source_id
        ) = 1
)

select * from final

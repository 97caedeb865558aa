with

series as (select * from {{ ref('int_continuity__series') }}),
act_series as (select * from {{ ref('int_continuity__act_series') }}),
commitment_series as (select * from {{ ref('int_continuity__commitment_series') }}),

ends as (
    select
        series_number,
        announced_on as baseline_end,
    from act_series
    union
    select
        series_number,
        baseline_end,
    from commitment_series
),

-- Between announcement and start buyers stock up: such months are in no baseline of the flow. An
-- act without a start leaves them open.
anticipation as (
    select distinct
        series.series_number,
        series.period,
    from series
    inner join act_series
        on
            series.series_number = act_series.series_number
            and series.period_end >= act_series.announced_on
            and series.period_start < coalesce(act_series.effective_on, date '9999-12-31')
    where act_series.announced_on < coalesce(act_series.effective_on, date '9999-12-31')
),

amounts as (
    unpivot (
        select
            series.series_number,
            series.period,
            series.period_start,
            series.period_end,
            cast(series.value_eur as double) as value,
            cast(series.net_mass_kg as double) as mass,
            series.unit_value_eur_per_kg as unit_value,
        from series
        anti join anticipation
            using (series_number, period)
        where series.is_known
    )
    on value, mass, unit_value
    into name indicator value amount
),

-- Only months that ended before the announcement.
final as (
    select
        ends.series_number,
        ends.baseline_end,
        amounts.indicator,
        amounts.period,
        amounts.period_start,
        amounts.amount,
        case when amounts.amount > 0 then ln(amounts.amount) end as log_amount,
    from ends
    inner join amounts
        on
            ends.series_number = amounts.series_number
            and ends.baseline_end > amounts.period_end
)

select * from final

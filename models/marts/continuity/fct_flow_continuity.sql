with

series as (
    select * from {{ ref('int_continuity__series') }}
),

act_series as (
    select * from {{ ref('int_continuity__act_series') }}
),

deviations as (
    select * from {{ ref('int_continuity__deviations') }}
),

known_outliers as (
    select * from {{ ref('stg_reference__known_outliers') }}
),

-- Value, mass and unit value of a month side by side.
months as (
    select
        series_number,
        baseline_end,
        period,
        {%- for name in ['value', 'mass', 'unit_value'] %}
        {%- set condition = "filter (where indicator = '" ~ name ~ "')" %}
        any_value(baseline_method) {{ condition }} as {{ name }}_method,
        any_value(month_count) {{ condition }} as {{ name }}_month_count,
        any_value(traded_month_count) {{ condition }} as {{ name }}_traded_month_count,
        any_value(mean_amount) {{ condition }} as {{ name }}_mean,
        any_value(expected_amount) {{ condition }} as {{ name }}_expected,
        any_value(low_amount) {{ condition }} as {{ name }}_low,
        any_value(high_amount) {{ condition }} as {{ name }}_high,
        any_value(deviation) {{ condition }} as {{ name }}_deviation,
        any_value(robust_score) {{ condition }} as {{ name }}_score,
        any_value(position_in_interval) {{ condition }} as {{ name }}_position,
        {%- endfor %}
    from deviations
    group by series_number, baseline_end, period
),

-- A source that states no value is read by mass.
bases as (
    select
        series_number,
        case when bool_or(value_eur is not null) then 'value' else 'mass' end as reading_basis,
        count(*) filter (where not is_known) as missing_months_of_series,
    from series
    group by series_number
),

joined as (
    select
        series.*,
        act_series.measure_id,
        act_series.coverage,
        act_series.announced_on,
        act_series.effective_on,
        known_outliers.reason as known_outlier,
        bases.reading_basis,
        bases.missing_months_of_series,
        {%- for name in ['value', 'mass', 'unit_value'] %}
        {%- for column in ['mean', 'expected', 'low', 'high', 'deviation', 'score', 'position'] %}
        months.{{ name }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        if(bases.reading_basis = 'value', months.value_method, months.mass_method)
            as basis_method,
        if(bases.reading_basis = 'value', months.value_month_count, months.mass_month_count)
            as basis_month_count,
        if(
            bases.reading_basis = 'value',
            months.value_traded_month_count,
            months.mass_traded_month_count
        ) as basis_traded_month_count,
        if(bases.reading_basis = 'value', months.value_deviation, months.mass_deviation)
            as basis_deviation,
        if(bases.reading_basis = 'value', months.value_position, months.mass_position)
            as basis_position,
        if(bases.reading_basis = 'value', series.value_eur, series.net_mass_kg) as basis_amount,
    from act_series
    inner join series
        on
            act_series.series_number = series.series_number
            and act_series.announced_on <= series.period_end
    inner join bases
        on series.series_number = bases.series_number
    left join months
        on
            series.series_number = months.series_number
            and act_series.announced_on = months.baseline_end
            and series.period = months.period
    -- The figure of another partner is in the total only.
    left join known_outliers
        on
            series.source_id = known_outliers.source_id
            and series.reporter_code = known_outliers.reporter_code
            and series.product_code = known_outliers.product_code
            and series.period = known_outliers.period
            and series.flow = 'import'
            and series.partner_code
            in ('WORLD', coalesce(known_outliers.partner_code, series.partner_code))
),

final as (
    select
        measure_id,
        reporter_code,
        partner_code,
        flow,
        source_id,
        nomenclature,
        product_code,
        period,
        coverage,
        case
            when not is_known then 'missing'
            when is_stopped then 'stopped'
            when coalesce(basis_method, 'not_measurable') = 'not_measurable' then 'not_measurable'
            when basis_amount = 0 then 'no_trade'
            when basis_position < -1 then 'below'
            when basis_position > 1 then 'above'
            else 'continuing'
        end as reading,
        reading_basis,
        case
            when not is_known
                then 'The source gave other months around this one, but not this flow.'
            when basis_traded_month_count is null
                then 'No month of the source ended before the announcement.'
            when basis_method = 'not_measurable'
                then
                    'Only ' || basis_traded_month_count
                    || ' months with trade ended before the announcement.'
        end as not_measurable_reason,
        coalesce(basis_method, 'not_measurable') as baseline_method,
        known_outlier,
        data_origin,
        cast(coalesce(basis_month_count, 0) as integer) as baseline_months,
        cast(coalesce(basis_traded_month_count, 0) as integer) as baseline_months_with_trade,
        cast(date_diff('month', announced_on, period_start) as integer) as months_since,
        cast(missing_months_of_series as integer) as missing_months_of_series,
        {{ significant('value_eur') }} as value_eur,
        {{ significant('value_expected') }} as expected_value_eur,
        {{ significant('value_low') }} as value_low_eur,
        {{ significant('value_high') }} as value_high_eur,
        {{ significant('value_mean') }} as baseline_mean_value_eur,
        {{ significant('net_mass_kg') }} as net_mass_kg,
        {{ significant('mass_expected') }} as expected_mass_kg,
        {{ significant('mass_low') }} as mass_low_kg,
        {{ significant('mass_high') }} as mass_high_kg,
        {{ significant('unit_value_eur_per_kg') }} as unit_value_eur_per_kg,
        {{ significant('unit_value_expected') }} as expected_unit_value_eur_per_kg,
        {{ significant('unit_value_low') }} as unit_value_low_eur_per_kg,
        {{ significant('unit_value_high') }} as unit_value_high_eur_per_kg,
        {{ significant('basis_deviation') }} as deviation,
        {{ significant('value_deviation') }} as value_deviation,
        {{ significant('mass_deviation') }} as mass_deviation,
        {{ significant('unit_value_deviation') }} as unit_value_deviation,
        {{ significant('value_score') }} as value_robust_z,
        {{ significant('mass_score') }} as mass_robust_z,
        {{ significant('unit_value_score') }} as unit_value_robust_z,
        partner_code = 'WORLD' as is_total,
        is_stopped,
        coalesce(
            basis_method <> 'not_measurable'
            and basis_month_count < {{ continuity('seasonal_months') }},
            false
        ) as is_short_baseline,
        coalesce(abs(unit_value_position) > 1, false) as is_unit_value_odd,
        period_end < effective_on or effective_on is null as is_anticipation,
        case when is_known then cast(period_end - last_traded_on as integer) end
            as days_since_last_shipment,
        cast(known_from - last_known_month_end as integer) as data_age_days,
        announced_on,
        effective_on,
        known_from,
    from joined
)

select * from final
order by measure_id, reporter_code, partner_code, source_id, product_code, period

with

readings as (select * from {{ ref('int_continuity__readings') }}),
deviations as (select * from {{ ref('int_continuity__deviations') }}),

-- Value, mass and unit value of a month side by side.
months as (
    select
        series_number,
        baseline_end,
        period,
        {%- for name in ['value', 'mass', 'unit_value'] %}
        {%- set condition = "filter (where indicator = '" ~ name ~ "')" %}
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

final as (
    select
        readings.measure_id,
        readings.reporter_code,
        readings.partner_code,
        readings.flow,
        readings.source_id,
        readings.nomenclature,
        readings.product_code,
        readings.period,
        readings.coverage,
        readings.reading,
        readings.reading_basis,
        readings.not_measurable_reason,
        readings.baseline_method,
        readings.known_outlier,
        readings.data_origin,
        readings.baseline_months,
        readings.baseline_months_with_trade,
        cast(date_diff('month', readings.announced_on, readings.period_start) as integer)
            as months_since,
        readings.missing_months_of_series,
        {{ significant('readings.value_eur') }} as value_eur,
        {{ significant('months.value_expected') }} as expected_value_eur,
        {{ significant('months.value_low') }} as value_low_eur,
        {{ significant('months.value_high') }} as value_high_eur,
        {{ significant('months.value_mean') }} as baseline_mean_value_eur,
        {{ significant('readings.net_mass_kg') }} as net_mass_kg,
        {{ significant('months.mass_expected') }} as expected_mass_kg,
        {{ significant('months.mass_low') }} as mass_low_kg,
        {{ significant('months.mass_high') }} as mass_high_kg,
        {{ significant('readings.unit_value_eur_per_kg') }} as unit_value_eur_per_kg,
        {{ significant('months.unit_value_expected') }} as expected_unit_value_eur_per_kg,
        {{ significant('months.unit_value_low') }} as unit_value_low_eur_per_kg,
        {{ significant('months.unit_value_high') }} as unit_value_high_eur_per_kg,
        readings.deviation,
        readings.known_months_since,
        readings.lasting_deviation,
        readings.least_fall_noticed,
        {{ significant('months.value_deviation') }} as value_deviation,
        {{ significant('months.mass_deviation') }} as mass_deviation,
        {{ significant('months.unit_value_deviation') }} as unit_value_deviation,
        {{ significant('months.value_score') }} as value_robust_z,
        {{ significant('months.mass_score') }} as mass_robust_z,
        {{ significant('months.unit_value_score') }} as unit_value_robust_z,
        readings.is_total,
        readings.is_stopped,
        readings.is_lasting_fall,
        readings.is_short_baseline,
        coalesce(abs(months.unit_value_position) > 1, false) as is_unit_value_odd,
        readings.period_end < readings.effective_on
        or readings.effective_on is null as is_anticipation,
        case
            when readings.is_known
                then cast(readings.period_end - readings.last_traded_on as integer)
        end as days_since_last_shipment,
        cast(readings.known_from - readings.last_known_month_end as integer) as data_age_days,
        readings.announced_on,
        readings.effective_on,
        readings.known_from,
    from readings
    left join months
        on
            readings.series_number = months.series_number
            and readings.announced_on = months.baseline_end
            and readings.period = months.period
)

select * from final
order by measure_id, reporter_code, partner_code, source_id, product_code, period

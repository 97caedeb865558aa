{#
    Flow continuity: what is expected of a month, from the months before an act alone. All numbers
    that decide are here, and explained in docs/methodology/flow_continuity.md.

    least_months        months with trade that a baseline needs; below, nothing is measured
    seasonal_months     from here on the same month of the last baseline year is expected
    stl_months          from here on, without a hole or a zero, trend and season by STL
    odd_score           a robust z beyond it is outside of the interval
    continuing_share    share of the expectation from which a flow counts as continuing
    stop_months         months with trade, in a row, after which a zero is a stop
    most_unnoticed      where only a larger lasting fall than this would be noticed, no verdict
    power_z             one-sided 5 % and a power of 80 %: 1.645 + 0.842
    chance_z            one-sided 5 %
    stop_baseline_months  months before a stop in the press whose figures say what was to be expected
    chance_events       -ln 0.05: so many shipments expected, and none comes by chance in 5 %
    least_mass_kg       below, half a kilogram of rounding moves a unit value by more than 0.5 %
#}
{% macro continuity(name) -%}
    {{- {
        "least_months": 6, "seasonal_months": 12, "stl_months": 24, "odd_score": 3.5,
        "continuing_share": 0.8, "stop_months": 6, "least_mass_kg": 100,
        "most_unnoticed": 0.5, "power_z": 2.487, "chance_z": 1.645,
        "stop_baseline_months": 24, "chance_events": 2.9957322735539909,
    }[name] -}}
{%- endmacro %}


{#
    Power of an indicator: the smallest lasting fall, a share of one, that the months after would have
    shown against the noise of the months before (METHODS 7: one-sided 5 %, power 80 %).

    deviation_log    median absolute deviation of the baseline's logarithms
    correlation      of what deviates with what deviated the month before; below zero, or empty, none
    after_count      months after, 1 or more; empty or 0 gives nothing
    before_count     months of the baseline with trade
#}
{% macro least_fall(deviation_log, correlation, after_count, before_count) -%}
    case
        when {{ after_count }} > 0
            then
                1 - exp(
                    -{{ continuity('power_z') }} * 1.4826 * {{ deviation_log }}
                    * sqrt(
                        (1 + greatest(0, coalesce({{ correlation }}, 0)))
                        / greatest(1e-9, 1 - greatest(0, coalesce({{ correlation }}, 0)))
                    )
                    * sqrt(1.0 / {{ after_count }} + 1.0 / {{ before_count }})
                )
    end
{%- endmacro %}


{#
    First day on which a verdict could be known: the day on which the last of the least_months judged
    months came out, else the day on which it is due. Empty without a baseline.
#}
{% macro first_knowable_date(key) -%}
    case
        when has_baseline
            then coalesce(
                max(known_from) filter (
                    where period = first_judged_period and months_since > 0
                ) over (partition by {{ key }}),
                {{ last_day_of('first_judged_period') }} + lag_days
            )
    end
{%- endmacro %}


{# A number of months that have landed, in words: none has landed, four have landed. #}
{% macro have_landed(month_count) -%}
    case {{ month_count }}
        when 0 then 'none has' when 1 then 'one has' when 2 then 'two have'
        when 3 then 'three have' when 4 then 'four have' when 5 then 'five have'
        else {{ month_count }} || ' have'
    end || ' landed'
{%- endmacro %}

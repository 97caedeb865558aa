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
    least_mass_kg       below, half a kilogram of rounding moves a unit value by more than 0.5 %
#}
{% macro continuity(name) -%}
    {{- {
        "least_months": 6, "seasonal_months": 12, "stl_months": 24, "odd_score": 3.5,
        "continuing_share": 0.8, "stop_months": 6, "least_mass_kg": 100,
        "most_unnoticed": 0.5, "power_z": 2.487,
    }[name] -}}
{%- endmacro %}

{#
    Flow continuity: what is expected of a month, from the months before an act alone. All numbers
    that decide are here, and explained in docs/methodology/flow_continuity.md.

    least_months        months with trade that a baseline needs; below, nothing is measured
    seasonal_months     from here on the same month of the last baseline year is expected
    stl_months          from here on, without a hole or a zero, trend and season by STL
    odd_score           a robust z beyond it is outside of the interval
    continuing_share    share of the expectation from which a flow counts as continuing
    stop_months         months with trade, in a row, after which a zero is a stop
    least_mass_kg       below, half a kilogram of rounding moves a unit value by more than 0.5 %
#}
{% macro continuity(name) -%}
    {{- {
        "least_months": 6, "seasonal_months": 12, "stl_months": 24, "odd_score": 3.5,
        "continuing_share": 0.8, "stop_months": 6, "least_mass_kg": 100,
    }[name] -}}
{%- endmacro %}


{# Which baseline `months` months, of them `traded` with trade, allow; STL only where it is set. #}
{% macro baseline_method(months, traded, is_seasonal, is_gapless) -%}
    case
        when {{ traded }} < {{ continuity('least_months') }} then 'not_measurable'
        when not {{ is_seasonal }} then 'median_level'
        when {{ months }} < {{ continuity('seasonal_months') }} then 'median_level'
        when {{ months }} >= {{ continuity('stl_months') }} and {{ is_gapless }} then 'stl'
        else 'seasonal_naive'
    end
{%- endmacro %}


{#
    Standard deviation of the logarithms that a median absolute deviation stands for, if they are
    normal. A month that is expected to equal another single month has the noise of both.
#}
{% macro robust_scale(deviation, method) -%}
    1.4826 * {{ deviation }} * case {{ method }} when 'seasonal_naive' then sqrt(2.0) else 1.0 end
{%- endmacro %}


{#
    Half the width of the interval in logarithms. It is never narrower than from 80 % to 125 %, so
    that a quiet past does not make a small change odd.
#}
{% macro interval_half_width(scale) -%}
    greatest({{ continuity('odd_score') }} * {{ scale }}, -ln({{ continuity('continuing_share') }}))
{%- endmacro %}

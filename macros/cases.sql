{#
    Days of an interval, up to the horizon of `case_horizon_days`, on which the stock is out: what
    METHODS section 8 sums to E[max(0, T - D)]. A stock that never runs out is out after infinity.
#}
{% macro days_without_stock(from_day, to_day, stock_out_day) -%}
    greatest(
        0,
        least({{ to_day }}, {{ var('case_horizon_days') }})
        - greatest({{ from_day }}, {{ stock_out_day }})
    )
{%- endmacro %}

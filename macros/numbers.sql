{#
    Numbers that come out the same in any order, on any number of threads, on any engine.
    Sums run over exact decimals; the one inexact step, the last division, is rounded to
    twelve significant digits at the mart's edge.
#}

{# A double rounded to twelve significant digits; null stays null. #}
{% macro significant(expression) -%}
    cast(printf('%.11e', cast({{ expression }} as double)) as double)
{%- endmacro %}


{#
    Sum of squared shares that does not depend on the order of the rows: each square is
    rounded to twenty decimals (an error below 1e-20 a row) and summed exactly.
    `share` is an expression in 0..1; a `condition` filters rows.
#}
{% macro sum_of_squared_shares(share, condition="true") -%}
    cast(
        sum(cast(({{ share }}) * ({{ share }}) as decimal(38, 20))) filter (where {{ condition }})
        as double
    )
{%- endmacro %}


{#
    A value in the currency of its source as EUR, a double. Without a rate it is null: a dollar
    is never taken for a euro.
#}
{% macro in_eur(value, currency, usd_per_eur) -%}
    cast({{ value }} as double)
    / case {{ currency }} when 'EUR' then 1 else {{ usd_per_eur }} end
{%- endmacro %}

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
    Shannon entropy in nats, sum of -s ln s over shares above zero: summed exactly as above.
#}
{% macro shannon_entropy(share) -%}
    cast(
        sum(
            cast(
                case when {{ share }} > 0 then -({{ share }}) * ln({{ share }}) end as decimal(38, 20)
            )
        ) as double
    )
{%- endmacro %}


{# Imports below this are too small for a verdict: a yearly floor, a twelfth of it for a month. #}
{% macro small_cell_floor_eur(frequency) -%}
    {{ var('small_cell_floor_eur') }} / case {{ frequency }} when 'monthly' then 12 else 1 end
{%- endmacro %}


{#
    A value in the currency of its source as EUR, a double. Without a rate it is null: a dollar
    is never taken for a euro.
#}
{% macro in_eur(value, currency, usd_per_eur) -%}
    cast({{ value }} as double)
    / case {{ currency }} when 'EUR' then 1 else {{ usd_per_eur }} end
{%- endmacro %}


{# A number as people read it in a sentence: four significant digits, no trailing zeros. #}
{% macro plain_number(expression) -%}
    case
        when isinf(cast({{ expression }} as double)) then 'infinite'
        else printf('%.4g', cast({{ expression }} as double))
    end
{%- endmacro %}

{#
    Numbers that come out the same in any order, on any number of threads, on any engine.
    Sums run over exact decimals; the one inexact step, the last division, is rounded to
    twelve significant digits at the mart's edge.
#}

{#
    A double rounded to twelve significant digits; null, zero and infinity stay as they are. Six times
    faster than printing and reading it, and the same double but for rare ties.
#}
{% macro significant(expression) -%}
    {%- set value = 'cast(' ~ expression ~ ' as double)' -%}
    case
        when isfinite({{ value }}) and {{ value }} <> 0
            then round({{ value }}, 11 - cast(floor(log10(abs({{ value }}))) as integer))
        else {{ value }}
    end
{%- endmacro %}


{# An amount in EUR: as its source states it, or rounded as above where a rate made it. #}
{% macro amount_in_eur(value_eur, currency) -%}
    case
        when {{ currency }} = 'EUR' then cast({{ value_eur }} as double)
        else {{ significant(value_eur) | indent(8) }}
    end
{%- endmacro %}


{# An amount in EUR as a sentence prints it: EUR 1,273.9 million. #}
{% macro eur_in_words(value_eur) -%}
    case
        when {{ value_eur }} < 50000
            then format('EUR {:,.0f}', cast({{ value_eur }} as double))
        else format('EUR {:,.1f} million', cast({{ value_eur }} as double) / 1e6)
    end
{%- endmacro %}


{#
    Sum of numbers below eight that does not depend on the order of the rows: each is rounded to a
    whole number of 2^-60 (an error below 1e-18 a row; doubles above 2^-7 are kept as they are) and
    the whole numbers are summed. A `condition` filters rows; no rows give null. Over a `window` it
    does not depend on the other partitions either, as the engine's tree of sums does.
#}
{% macro sum_in_any_order(number, condition=none, window=none) -%}
    {%- set whole = 'cast((' ~ number ~ ') * 1152921504606846976.0::double as bigint)' -%}
    {#- Not `filter`: it would work out the number of rows that do not meet the condition too. -#}
    {%- if condition is not none -%}
        {%- set whole = 'case when ' ~ condition ~ ' then ' ~ whole ~ ' end' -%}
    {%- endif -%}
    cast(sum({{ whole }}) {%- if window is not none %} over {{ window }}{% endif %} as double)
    / 1152921504606846976.0::double
{%- endmacro %}


{# Sum of squared shares; `share` is an expression in 0..1. #}
{% macro sum_of_squared_shares(share, condition=none) -%}
    {{ sum_in_any_order('(' ~ share ~ ') * (' ~ share ~ ')', condition) }}
{%- endmacro %}


{#
    Sum of squared shares from the sum of squared amounts (macros/concentration.sql). `thousandths` is
    the sum of the amounts as a double. A single supplier has 1, whatever rounding adds.
#}
{% macro squared_shares_of_moments(squares, thousandths) -%}
    case
        when {{ squares }} is not null and {{ thousandths }} <> 0
            then least(
                1,
                cast({{ squares }} as double) * 1000000 / ({{ thousandths }} * {{ thousandths }})
            )
    end
{%- endmacro %}


{#
    A value in the currency of its source as EUR, a double. The rate is that of the currency, as
    int_trade__exchange_rates has it. Without one it is null: a dollar is never taken for a euro,
    nor a pound for a dollar.
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


{# A number as text with all its digits, a whole one without a point: for quoted figures. #}
{% macro all_digits(expression) -%}
    regexp_replace(cast(cast({{ expression }} as double) as varchar), '[.]0$', '')
{%- endmacro %}


{# A share in percent as a sentence prints it; from least to greatest where they differ. #}
{% macro share_in_words(low, high) -%}
    printf('%.1f', 100 * {{ low }})
    || if({{ high }} - {{ low }} >= 0.0005, printf(' to %.1f', 100 * {{ high }}), '') || '%'
{%- endmacro %}

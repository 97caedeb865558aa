{#
    Output lost when an input falls short, under a production function with a constant elasticity
    of substitution (CES) in which all else stays fixed. Bachmann et al. (2022), What if?
#}

{# e^y - 1, exact to the last digits for small y (Kahan). #}
{% macro exponential_less_one(y) -%}
    case
        when exp({{ y }}) = 1 then {{ y }}
        when exp({{ y }}) < 1e-300 then -1
        else (exp({{ y }}) - 1) * ({{ y }}) / ln(exp({{ y }}))
    end
{%- endmacro %}


{#
    Share of output lost when the share `shock` of an input with cost share `alpha` is gone:
    1 - [alpha (1 - shock)^r + 1 - alpha]^(1/r), r = (sigma - 1) / sigma. `sigma` 1 is
    Cobb-Douglas, 1 - (1 - shock)^alpha; `sigma` 0 is Leontief, the shock itself; infinite is
    alpha times the shock. The arguments are columns of type double; all three are read many
    times. Null where one is null or out of range (alpha and shock in 0..1, sigma >= 0).

    With x = ln(1 - shock) <= 0 and y = r x, ln(output) = ln(1 + alpha (e^y - 1)) / r; for a
    large y (sigma near zero) e^y is taken out of the logarithm, lest it overflow.
#}
{% macro ces_loss(alpha, sigma, shock) -%}
    {%- set r = '(1 - 1 / ' ~ sigma ~ ')' -%}
    {%- set y = '((1 - 1 / ' ~ sigma ~ ') * ln(1 - ' ~ shock ~ '))' -%}
    {%- set growth = alpha ~ ' * (' ~ exponential_less_one(y) ~ ')' -%}
    {#- ln(1 + growth), exact to the last digits for small growth (Kahan). -#}
    {%- set log_of_output -%}
        (
            case
                when 1 + ({{ growth }}) = 1 then {{ growth }}
                when ({{ growth }}) > -1 then ln(1 + ({{ growth }})) * ({{ growth }}) / ((1 + ({{ growth }})) - 1)
            end
        ) / {{ r }}
    {%- endset -%}
    case
        when
            {{ alpha }} is null or {{ sigma }} is null or {{ shock }} is null
            or {{ alpha }} not between 0 and 1
            or {{ shock }} not between 0 and 1
            or {{ sigma }} < 0 or isnan({{ sigma }})
            then null
        when {{ alpha }} = 0 or {{ shock }} = 0 then 0
        -- Nothing is left where nothing can stand in; else the share of all other inputs is.
        when {{ shock }} = 1 and {{ sigma }} <= 1 then 1
        when {{ shock }} = 1 and {{ alpha }} = 1 then 1
        when {{ shock }} = 1 then 1 - exp(ln(1 - {{ alpha }}) / {{ r }})
        when {{ sigma }} = 0 or {{ alpha }} = 1 then {{ shock }}
        when {{ sigma }} = 1
            then least({{ shock }}, -({{ exponential_less_one(alpha ~ ' * ln(1 - ' ~ shock ~ ')') }}))
        when {{ y }} > 300
            then least(
                {{ shock }},
                1 - (1 - {{ shock }})
                * exp(ln({{ alpha }} + (1 - {{ alpha }}) * exp(-{{ y }})) / {{ r }})
            )
        else
            greatest(0, least(
                {{ shock }}, -({{ exponential_less_one(log_of_output) }})
            ))
    end
{%- endmacro %}

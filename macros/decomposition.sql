{#
    Exact decompositions. Every part is antisymmetric: with the periods swapped it changes its
    sign. docs/methodology/hhi_change.md has the formulas.
#}

{#
    Part of one supplier in the change of the HHI: s1^2 - s0^2, written so that it adds without
    cancellation. A supplier that does not appear has the share zero.
#}
{% macro hhi_contribution(share_before, share_after) -%}
    ({{ share_before }} + {{ share_after }}) * ({{ share_after }} - {{ share_before }})
{%- endmacro %}


{#
    Part of a supplier's change of value that comes from its quantity, at the mean of its two
    unit values (Bennet). The rest of the change is the part of the unit value, at the mean of
    the two quantities. Who enters or leaves has one unit value only: all of it is quantity.
    Null where both periods have a value and a quantity is not positive.
#}
{% macro volume_part(value_before, value_after, quantity_before, quantity_after) -%}
    case
        when {{ value_before }} = 0 or {{ value_after }} = 0
            then {{ value_after }} - {{ value_before }}
        when {{ quantity_before }} > 0 and {{ quantity_after }} > 0
            then
                ({{ quantity_after }} - {{ quantity_before }})
                * (
                    {{ value_before }} / {{ quantity_before }}
                    + {{ value_after }} / {{ quantity_after }}
                ) / 2
    end
{%- endmacro %}


{# Sum of parts near one that does not depend on the order of the rows. #}
{% macro sum_of_parts(part, condition="true") -%}
    cast(
        coalesce(sum(cast({{ part }} as decimal(38, 20))) filter (where {{ condition }}), 0)
        as double
    )
{%- endmacro %}


{# How a value moved over a threshold: a value on it has not crossed it. #}
{% macro crossing_of(value_before, value_after, threshold) -%}
    case
        when {{ value_before }} is null or {{ value_after }} is null then null
        when {{ value_before }} <= {{ threshold }} and {{ value_after }} > {{ threshold }} then 'up'
        when {{ value_before }} > {{ threshold }} and {{ value_after }} <= {{ threshold }}
            then 'down'
        when {{ value_after }} > {{ threshold }} then 'stays_above'
        else 'stays_below'
    end
{%- endmacro %}


{#
    A part of a change as published: fourteen decimals, so that a hundred parts still add to their
    change to 1e-12, which twelve significant digits do not promise. Null stays null.
#}
{% macro published_part(expression) -%}
    cast(cast({{ expression }} as decimal(38, 14)) as double)
{%- endmacro %}

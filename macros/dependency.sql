{#
    Indicators of dependency, and definitions applied to them.

    An indicator is a number per reporter, source, nomenclature, product and year, with the bounds
    that unknown partners allow. A definition is data: conditions on indicators
    (seeds/reference/dependency_conditions.csv) and how years combine
    (seeds/reference/dependency_definitions.csv). docs/methodology/dependency.md has both in words.
#}

{# A share and what unknown partners could add to it: not above one, unknown where either is. #}
{% macro share_or_more(share, unknown_share) -%}
    case when {{ share }} + {{ unknown_share }} is not null then least(1, {{ share }} + {{ unknown_share }}) end
{%- endmacro %}


{# One indicator of every row of a relation. Without bounds of its own the value bounds itself. #}
{% macro dependency_indicator(name, value, relation, low=none, high=none, is_expression=false) -%}
    select
        product_period_number,
        reporter_code,
        {{ name if is_expression else "'" ~ name ~ "'" }} as indicator_id,
        {{ value }} as value,
        {{ low if low is not none else value }} as value_low,
        {{ high if high is not none else value }} as value_high,
    from {{ relation }}
{%- endmacro %}

{#
    The edition of the Harmonized System that a nomenclature stands on: HS2017 for HS2017, HS2022
    for CN2023. The CN is renewed every year, but its first six digits only with the HS.
    Figures of two editions are not compared.
#}
{% macro hs_edition(nomenclature) -%}
    case
        {%- for year in [2028, 2022, 2017, 2012, 2007, 2002, 1996, 1992, 1988] %}
        when try_cast(right({{ nomenclature }}, 4) as integer) >= {{ year }} then 'HS{{ year }}'
        {%- endfor %}
        else {{ nomenclature }}
    end
{%- endmacro %}


{#
    Least part of the value that the listed flows make up: 1 for a complete list, 0.95 for
    "largest flows, 95-100 % of value", null where the coverage gives no figure.
#}
{% macro least_coverage(coverage) -%}
    case
        when {{ coverage }} is null then 1.0
        else try_cast(
            nullif(regexp_extract({{ coverage }}, '([0-9.]+)-100 % of value', 1), '') as double
        ) / 100
    end
{%- endmacro %}


{# Links between editions from the surest to the one that says nothing, as numbers. #}
{% macro link_rank(link) -%}
    case {{ link }}
        {%- for name in ['same', 'part_of', 'holds', 'overlaps'] %}
        when '{{ name }}' then {{ loop.index }}
        {%- endfor %}
        else 5
    end
{%- endmacro %}

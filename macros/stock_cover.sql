{#
    Days of cover: draws that are the same on every engine and on every run. They are the midpoints
    of `cover_draws` equal parts of 0..1, each taken once; what is drawn differs in the order only.
    The number of draws is a prime, so that (draw * multiplier + shift) modulo it takes every part
    once for any multiplier but its multiples.
#}
{% macro cover_draws() -%}
    {%- set count = var('cover_draws') | int -%}
    {%- for divisor in range(2, count) if count % divisor == 0 -%}
        {{ exceptions.raise_compiler_error('cover_draws is not a prime number: ' ~ count) }}
    {%- endfor -%}
    {{ count }}
{%- endmacro %}

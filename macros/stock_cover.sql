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


{# A whole number of 28 bits from the seed and some text, by the published algorithm MD5. #}
{% macro cover_number(text, part) -%}
    cast(
        '0x' || substr(md5('{{ var("cover_seed") }}|' || {{ text }}), {{ 1 + 8 * part }}, 7) as bigint
    )
{%- endmacro %}


{#
    The quantile of a sorted list at the midpoint of a draw, with linear interpolation between
    neighbours.
#}
{% macro cover_quantile(sorted_list, draw) -%}
    {%- set place = '((len(' ~ sorted_list ~ ') - 1) * (2 * ' ~ draw ~ ' + 1))' -%}
    {%- set parts = 2 * (cover_draws() | int) -%}
    {{ sorted_list }}[1 + {{ place }} // {{ parts }}]
    + ({{ place }} % {{ parts }}) / cast({{ parts }} as double)
    * (
        {{ sorted_list }}[least(len({{ sorted_list }}), 2 + {{ place }} // {{ parts }})]
        - {{ sorted_list }}[1 + {{ place }} // {{ parts }}]
    )
{%- endmacro %}


{#
    Day of a decision where the pace changes: the time that is left on the day of the change, or
    when the waiting begins if that is later, is divided by the factor. Whole days, counted up.
#}
{% macro paced_day(start_day, remaining_days, pace_factor, pace_from_day) -%}
    case
        when {{ start_day }} + {{ remaining_days }} > {{ pace_from_day }}
            then
                greatest({{ start_day }}, {{ pace_from_day }})
                + cast(
                    ceil(
                        (
                            {{ start_day }} + {{ remaining_days }}
                            - greatest({{ start_day }}, {{ pace_from_day }})
                        )
                        / cast({{ pace_factor }} as double)
                    ) as bigint
                )
        else {{ start_day }} + {{ remaining_days }}
    end
{%- endmacro %}


{#
    Day on which an order arrives that needs a licence: the decision, or the end of the control if
    that comes first, and the transit; not before the day promised. Null where nothing is reached.
#}
{% macro licensed_arrival_day(remaining_days) -%}
    greatest(
        least(
            {{ paced_day(
                'cover_orders.start_day', remaining_days,
                'cover_orders.pace_factor', 'cover_orders.pace_from_day'
            ) }},
            cover_orders.control_end_day
        ) + cover_orders.transit_days,
        cover_orders.promised_day
    )
{%- endmacro %}


{# Quantity of an order that is not lost; needs the columns of order and loss. #}
{% macro quantity_that_arrives(order_rows, losses) -%}
    cast({{ order_rows }}.quantity * (1 - coalesce({{ losses }}.share_lost, 0)) as decimal(38, 12))
{%- endmacro %}


{# Median of a sorted list: the middle one, or the mean of the two in the middle. #}
{% macro cover_median(sorted_list) -%}
    (
        {{ sorted_list }}[(len({{ sorted_list }}) + 1) // 2]
        + {{ sorted_list }}[len({{ sorted_list }}) // 2 + 1]
    ) / 2
{%- endmacro %}


{# Day on which the stock runs out; none where that is more than a hundred years ahead. #}
{% macro stock_out_date(as_of_date, days_of_cover) -%}
    case
        when {{ days_of_cover }} < 36525
            then {{ as_of_date }} + cast(floor({{ days_of_cover }}) as integer)
    end
{%- endmacro %}


{#
    Week by whose end a stock is out, as the fan counts them: each of the first eight, then every
    fourth up to 52; 56 is later or never.
#}
{% macro week_of_fan(days_of_cover) -%}
    cast(
        case
            when {{ days_of_cover }} <= 56 then ceil({{ days_of_cover }} / 7)
            else least(4 * ceil({{ days_of_cover }} / 28), 56)
        end as integer
    )
{%- endmacro %}


{# What is kept of the draws of a position: quantiles, how many run out, and when. #}
{% macro cover_summary() -%}
    quantile_disc(days_of_cover, [0.1, 0.5, 0.9]) as days_of_cover,
        count(*) filter (where isfinite(days_of_cover)) as draws_with_stock_out,
        histogram({{ week_of_fan('days_of_cover') }}) as draws_by_week
{%- endmacro %}

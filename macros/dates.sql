{#
    Dates of the sources are sometimes only a month or a year. Such a date is an interval:
    these macros give its first and its last day. Nothing invents a day.
    A text that is no date gives null; int_law__input_faults names such rows.
#}
{% macro first_day(text) -%}
    try_cast(
        case length({{ text }})
            when 4 then {{ text }} || '-01-01'
            when 7 then {{ text }} || '-01'
            when 10 then {{ text }}
        end as date
    )
{%- endmacro %}


{% macro last_day_of(text) -%}
    cast(
        case length({{ text }})
            when 4 then try_cast({{ text }} || '-12-31' as date)
            when 7 then last_day(try_cast({{ text }} || '-01' as date))
            when 10 then try_cast({{ text }} as date)
        end as date
    )
{%- endmacro %}


{#
    Half-open end of a stated last or first-free day: the first possible one (`early`) and the last
    possible one (`late`). An inclusive end is moved to the day after.
#}
{% macro end_early(text, is_inclusive) -%}
    {{ first_day(text) }} + case when {{ is_inclusive }} then 1 else 0 end
{%- endmacro %}


{% macro end_late(text, is_inclusive) -%}
    {{ last_day_of(text) }} + case when {{ is_inclusive }} or length({{ text }}) < 10 then 1 else 0 end
{%- endmacro %}


{# Months as whole numbers, which count on across years; and the last day of such a month. #}
{% macro month_number(date) -%}
    (12 * year({{ date }}) + month({{ date }}) - 1)
{%- endmacro %}


{% macro last_day_of_month(number) -%}
    (
        make_date(
            cast(({{ number }} + 1) // 12 as integer), cast(({{ number }} + 1) % 12 + 1 as integer), 1
        ) - 1
    )
{%- endmacro %}


{#
    Day from which a delivered period could be known. The day of the bundled copy is ours and not the
    producer's: its periods count from the day on which they are usually out (decisions/0009). Any
    other day of a delivery is a real arrival.
#}
{% macro knowable_from(known_on, usual_day) -%}
    case
        when {{ known_on }} = cast('{{ var("bundled_known_on") }}' as date)
            then least({{ known_on }}, {{ usual_day }})
        else {{ known_on }}
    end
{%- endmacro %}

{#
    Dates of the sources are sometimes only a month or a year. Such a date is an interval:
    these macros give its first and its last day and say how precise it is. Nothing invents a day.
#}
{% macro first_day(text) -%}
    cast(
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
            when 4 then cast({{ text }} || '-12-31' as date)
            when 7 then last_day(cast({{ text }} || '-01' as date))
            when 10 then cast({{ text }} as date)
        end as date
    )
{%- endmacro %}


{% macro date_precision(text) -%}
    case length({{ text }}) when 4 then 'year' when 7 then 'month' when 10 then 'day' end
{%- endmacro %}

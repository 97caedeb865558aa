{#
    Every value of the column matches the regular expression in full, and the column is text.
    A code that lost its leading zeros is too short for its pattern; a code read as a number
    fails on its type. Nulls pass: whether a code may be missing is another test.
#}
{% test code_pattern(model, column_name, pattern) %}

select
    {{ column_name }} as code,
    typeof({{ column_name }}) as code_type,
    count(*) as row_count,
from {{ model }}
where
    {{ column_name }} is not null
    and (
        typeof({{ column_name }}) <> 'VARCHAR'
        or not regexp_full_match(cast({{ column_name }} as varchar), '{{ pattern }}')
    )
group by all

{% endtest %}

{# A column adds up to at most `most` within each group. #}
{% test sums_to_at_most(model, column, group_by, most) %}

select
    {{ group_by | join(', ') }},
    sum({{ column }}) as sum_of_{{ column }},
from {{ model }}
group by {{ group_by | join(', ') }}
having sum({{ column }}) > {{ most }}

{% endtest %}

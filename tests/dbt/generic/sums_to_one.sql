{# Fails on groups whose `column` does not add up to one within `tolerance`. #}
{% test sums_to_one(model, column, group_by, tolerance) %}

select
    {{ group_by | join(", ") }},
    sum({{ column }}) as total,
from {{ model }}
group by {{ group_by | join(", ") }}
having abs(sum({{ column }}) - 1) > {{ tolerance }} or sum({{ column }}) is null

{% endtest %}

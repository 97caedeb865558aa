{# Fails on every row of a relation that lists what is wrong. #}
{% test has_no_rows(model) %}

select *
from {{ model }}

{% endtest %}

{# Fails on rows for which the expression is false; an unknown (null) expression passes. #}
{% test expression_holds(model, expression) %}

select *
from {{ model }}
where not ({{ expression }})

{% endtest %}

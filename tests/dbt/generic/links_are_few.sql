{# Listed codes that reach more than 20 codes of one edition by certain links. #}
{% test links_are_few(model, most=20) %}

select
    nomenclature,
    product_code,
    linked_nomenclature,
    count(*) as certain_links,
from {{ model }}
where is_listed and link <> 'may_overlap' and basis <> 'waste'
group by all
having count(*) > {{ most }}

{% endtest %}

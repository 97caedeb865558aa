{#
    The named columns identify a row: no combination comes twice and none of them is null,
    but for those listed in `may_be_null`. Returns the keys at fault and how often they come.
#}
{% test unique_key(model, columns, may_be_null=[]) %}

select
    {{ columns | join(", ") }},
    count(*) as row_count,
from {{ model }}
group by {{ columns | join(", ") }}
having
    count(*) > 1
    {%- for column in columns if column not in may_be_null %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}

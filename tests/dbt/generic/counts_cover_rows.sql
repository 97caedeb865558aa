{# Codes with more steps than their count says, or with two counts. #}
{% test counts_cover_rows(model) %}

select
    nomenclature_before as nomenclature,
    code_before as product_code,
    'later' as side,
from {{ model }}
where not is_waste
group by all
having count(*) > min(later_code_count) or count(distinct later_code_count) > 1
union all
select
    nomenclature_after as nomenclature,
    code_after as product_code,
    'earlier' as side,
from {{ model }}
where not is_waste
group by all
having count(*) > min(earlier_code_count) or count(distinct earlier_code_count) > 1

{% endtest %}

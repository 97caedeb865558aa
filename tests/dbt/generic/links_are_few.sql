{# Listed codes that reach more than 20 traded codes of one edition by certain links. #}
{% test links_are_few(model, traded, most=20) %}

select
    links.nomenclature,
    links.product_code,
    links.linked_nomenclature,
    count(*) as certain_links,
from {{ model }} as links
where
    links.is_listed
    and links.link <> 'may_overlap'
    and links.basis <> 'waste'
    and exists (
        select 1
        from (select * from {{ traded }}) as traded
        where
            traded.nomenclature = links.linked_nomenclature
            and traded.product_code = links.linked_code
    )
group by all
having count(*) > {{ most }}

{% endtest %}

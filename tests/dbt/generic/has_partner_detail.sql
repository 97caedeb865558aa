{#
    Fails on reporters of var('partner_detail_reporters') of which a bulk source has imports and
    `shares` has no row: a reporter lost whole leaves no share that fails to add up. Reads both
    tables whole, since rows that a passed test has read say nothing about those that are gone.
#}
{% test has_partner_detail(model, shares, concentration) %}

select
    source_id,
    reporter_code,
from {{ concentration }}
where
    {{ is_bulk_source('source_id') }}
    and reporter_code in (
        {%- for code in var('partner_detail_reporters') %}
        '{{ code }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
except
select
    source_id,
    reporter_code,
from {{ shares }}

{% endtest %}

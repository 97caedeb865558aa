{# A flag of a seed: true for Y, false for N, null for anything else. #}
{% macro yes_or_no(text) -%}
    case {{ text }} when 'Y' then true when 'N' then false end
{%- endmacro %}


{# How int_law__input_faults names a row: its identifiers with slashes between. #}
{% macro law_row_id() -%}
    coalesce(nullif(concat_ws('/', {{ varargs | join(', ') }}), ''), '(none)')
{%- endmacro %}


{#
    The end of a model of faults: the rows of the expressions named in `parts`, each fault once,
    though two rows of one identifier may share it.
#}
{% macro law_faults(parts) %}
faults as (
    {% for part in parts %}
    select * from {{ part }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        table_name,
        row_id,
        column_name,
        value,
        rule,
        min(reason) as reason,
        min(remedy) as remedy,
    from faults
    group by table_name, row_id, column_name, value, rule
)

select * from final
{% endmacro %}

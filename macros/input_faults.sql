{# A flag of a seed: true for Y, false for N, null for anything else. #}
{% macro yes_or_no(text) -%}
    case {{ text }} when 'Y' then true when 'N' then false end
{%- endmacro %}


{# How int_law__input_faults names a row: its identifiers with slashes between. #}
{% macro law_row_id() -%}
    coalesce(nullif(concat_ws('/', {{ varargs | join(', ') }}), ''), '(none)')
{%- endmacro %}


{# Whether a destination goes beyond another, in the words of the tables. #}
{% macro goes_beyond(destination, other) -%}
    (
        {{ destination }} <> {{ other }}
        and {{ other }} <> 'ALL'
        and (
            {{ other }} not in ('EU', 'ALL non-EU')
            or {{ destination }} in ('ALL', 'EU', 'ALL non-EU')
        )
    )
{%- endmacro %}


{#
    The end of a model of faults: the rows of the expressions named in `parts` whose rule is broken,
    in the words of seeds/reference/law_rules.csv. Each fault once, though two rows of one
    identifier may share it.
#}
{% macro law_faults(parts) %}
faults as (
    {% for part in parts %}
    select
        table_name,
        row_id,
        column_name,
        value,
        rule,
        details,
    from {{ part }}
    where is_broken
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        faults.table_name,
        faults.row_id,
        faults.column_name,
        faults.value,
        faults.rule,
        {% for text in ['reason', 'remedy'] %}
        min(
            {{ 'replace(' * 3 }}rules.{{ text }}
            {%- for place in [1, 2, 3] -%}
            , '{{ '{' }}{{ place }}}', coalesce(faults.details[{{ place }}], ''))
            {%- endfor %}
        ) as {{ text }},
        {% endfor %}
    from faults
    left join {{ ref('law_rules') }} as rules
        on faults.rule = rules.rule
    group by faults.table_name, faults.row_id, faults.column_name, faults.value, faults.rule
)

select * from final
{% endmacro %}

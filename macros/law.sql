{#
    Stretches of time put together: rows of `relation` that are alike in `columns`, and of which one
    ends on `<axis>_to` where the next begins on `<axis>_from`, are one row. An empty end is open.
    `summed` are further columns as expressions over the rows that become one.
#}
{% macro glued(relation, axis, columns, summed=[]) %}
    select
        {{ columns | join(', ') }},
        {%- for expression in summed %}
        {{ expression }},
        {%- endfor %}
        min({{ axis }}_from) as {{ axis }}_from,
        case when bool_and({{ axis }}_to is not null) then max({{ axis }}_to) end as {{ axis }}_to,
    from (
        select
            *,
            sum(cast(is_new as integer)) over (
                partition by {{ columns | join(', ') }} order by {{ axis }}_from
            ) as stretch,
        from (
            select
                *,
                coalesce(
                    {{ axis }}_from <> lag({{ axis }}_to) over (
                        partition by {{ columns | join(', ') }} order by {{ axis }}_from
                    ),
                    true
                ) as is_new,
            from {{ relation }}
        ) as marked
    ) as numbered
    group by {{ columns | join(', ') }}, stretch
{%- endmacro %}


{# Whether a relation bears on a timeline: its target, for these users, there, in this reading. #}
{% macro bears_on(relations, timelines) -%}
    {{ timelines }}.act_id = {{ relations }}.target_id
    and {{ timelines }}.clause_id = {{ relations }}.target_clause_id
    {%- for column in ['user_type', 'destination', 'claim_group'] %}
    and ({{ relations }}.{{ column }} is null or {{ timelines }}.{{ column }} = {{ relations }}.{{ column }})
    {%- endfor %}
{%- endmacro %}

{#
    Fails on half-open intervals [valid_from, valid_to) of one key that overlap, and on
    intervals that are empty or run backwards. An empty `valid_to` is open.
#}
{% test intervals_do_not_overlap(model, key, valid_from, valid_to) %}

with

intervals as (
    select
        {{ key | join(", ") }},
        {{ valid_from }} as interval_start,
        coalesce({{ valid_to }}, date '9999-12-31') as interval_end,
    from {{ model }}
),

followed as (
    select
        *,
        lead(interval_start) over (
            partition by {{ key | join(", ") }}
            order by interval_start, interval_end
        ) as next_start,
    from intervals
)

select *
from followed
where interval_end <= interval_start or next_start < interval_end

{% endtest %}

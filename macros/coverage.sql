{#
    Union of overlapping measures, without inventing a share.

    Every unit of goods is counted in one state: the strictest (lowest rank) among the measures
    that cover it. `covered` is a relation with the columns in `keys` and state, state_rank,
    share_low, share_central, share_high, one row per measure. Writes two common table expressions:

    `state_shares`: one row per key and state: the share of the goods counted there.
    `union_shares`: one row per key: the share under any measure.

    Low is what must be there, high what can be, central what is known. The union of several
    shares is known when one of them is the whole, or when only one is above zero.
    docs/methodology/trade_under_measures.md has the formulas.
#}
{% macro union_of_measures(covered, keys) %}
{% set key = keys | join(', ') %}
shares_by_state as (
    select
        {{ key }},
        state,
        state_rank,
        max(share_low) as low,
        sum(share_high) as high_sum,
        bool_or(coalesce(share_central = 1, false)) as has_whole,
        count(*) filter (where share_central is null) as unknown_count,
        count(*) filter (where share_central > 0) as positive_count,
        coalesce(max(share_central), 0) as largest_central,
    from {{ covered }}
    group by {{ key }}, state, state_rank
),

cumulated_shares as (
    select
        *,
        coalesce(max(low) over before_it, 0) as low_before,
        least(1, coalesce(sum(high_sum) over before_it, 0)) as high_before,
        {{ central_of_union('over before_it') }} as central_before,
        {{ central_of_union('over up_to_it') }} as central_up_to,
    from shares_by_state
    window
        before_it as (
            partition by {{ key }} order by state_rank
            rows between unbounded preceding and 1 preceding
        ),
        up_to_it as (
            partition by {{ key }} order by state_rank
            rows between unbounded preceding and current row
        )
),

state_shares as (
    select
        {{ key }},
        state,
        state_rank,
        greatest(0, low - high_before) as share_low,
        central_up_to - central_before as share_central,
        least(1, high_sum, 1 - low_before) as share_high,
        high_sum as share_high_of_parts,
    from cumulated_shares
),

union_shares as (
    select
        {{ key }},
        max(low) as share_low,
        {{ central_of_union() }} as share_central,
        least(1, sum(high_sum)) as share_high,
    from shares_by_state
    group by {{ key }}
)
{% endmacro %}


{# Central share of the union of shares_by_state, grouped or over a window; null where not known. #}
{% macro central_of_union(over='') -%}
    case
        when coalesce(bool_or(has_whole) {{ over }}, false) then 1
        when coalesce(sum(unknown_count) {{ over }}, 0) > 0 then null
        when coalesce(sum(positive_count) {{ over }}, 0) > 1 then null
        else coalesce(max(largest_central) {{ over }}, 0)
    end
{%- endmacro %}

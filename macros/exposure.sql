{#
    Exposure of products to sites, firms, countries and measures through tiers of suppliers.
    docs/methodology/multi_tier_exposure.md has the formulas in words.
#}

{# A figure without bounds stands for both of them; without any, nothing is known. #}
{% macro least_share(stem) -%}
    cast(coalesce({{ stem }}_low, {{ stem }}_central, 0) as double)
{%- endmacro %}


{# What is known of a share: the best figure, or the lower bound; the rest counts as unknown. #}
{% macro known_share(stem) -%}
    cast(coalesce({{ stem }}_central, {{ stem }}_low, 0) as double)
{%- endmacro %}


{% macro greatest_share(stem) -%}
    cast(coalesce({{ stem }}_high, {{ stem }}_central, 1) as double)
{%- endmacro %}


{#
    Exposure through a part: what the target supplies itself, and of the rest what its inputs are
    exposed to. Either may be unlisted (null).
#}
{% macro through_part(own_share, input_exposure) -%}
    coalesce({{ own_share }}, 0)
    + (1 - coalesce({{ own_share }}, 0)) * coalesce({{ input_exposure }}, 0)
{%- endmacro %}


{#
    Upper bound of a sum of weighted inputs: each counts with its least weight, and what no input
    has for sure (`unallotted`) goes where it counts most, to inputs that are not listed if some
    may be missing, else to listed ones as far as their greatest weights allow.
#}
{% macro upper_bound_of_inputs(least_sum, slack_sum, unallotted, is_complete) -%}
    least(
        1,
        {{ least_sum }}
        + if({{ is_complete }}, least({{ unallotted }}, {{ slack_sum }}), {{ unallotted }})
    )
{%- endmacro %}


{# Origin of what a graph gives under a scenario: own, and private, if either of them is. #}
{% macro graph_data_origin(graph_origin, scenario_origin) -%}
    if({{ scenario_origin }} = 'own', 'own', {{ graph_origin }})
{%- endmacro %}


{#
    Days by which a date comes earlier than in the base. A date that is missing lies beyond all
    others: without end where only one of the two is; where both are, nothing moves.
#}
{% macro days_earlier(base, assumed) -%}
    case
        when {{ base }} is null and {{ assumed }} is null then 0
        when {{ base }} is null then cast('inf' as double)
        when {{ assumed }} is null then cast('-inf' as double)
        else cast({{ base }} - {{ assumed }} as double)
    end
{%- endmacro %}

{#
    The scenario that a table macro is asked for, by its parameter `scenario`: null is the base,
    and a name that nobody has given is an error, for an empty answer would read as "no change".
#}
{% macro asked_scenario() -%}
    case
        when cast(scenario as varchar) is null then 'base'
        when
            exists (
                select 1
                from {{ ref('fct_scenario_measure_states') }} as of_scenarios
                where of_scenarios.scenario_id = cast(scenario as varchar)
            )
            then cast(scenario as varchar)
        else
            error(
                'there is no scenario ' || cast(scenario as varchar)
                || ': see scenario_id in marts.dim_scenario'
            )
    end
{%- endmacro %}

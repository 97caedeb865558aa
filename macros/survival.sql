{#
    Time to decision with cases still pending: what the models of licence durations share.
    Days are whole days. A curve has one row for each day on which a case came under observation or
    left it; `window` names a window over the curve's rows up to that day.
#}

{# What cases are grouped by; a stratum is never null, so that null means "not grouped by". #}
{% macro licence_strata(cases='cases') -%}
    coalesce({{ cases }}.material, 'not_stated') as material,
        coalesce({{ cases }}.route, 'not_stated') as route,
        coalesce({{ cases }}.applicant_size_class, 'not_stated') as applicant_size_class,
        coalesce(
            year({{ cases }}.accepted_date) || '-Q' || quarter({{ cases }}.accepted_date),
            'not_accepted'
        ) as accepted_quarter
{%- endmacro %}


{# All applications and each kind of stratum, in one pass over the rows. #}
{% macro group_by_licence_strata(
    keys, strata=['material', 'route', 'applicant_size_class', 'accepted_quarter']
) -%}
    group by grouping sets (
        ({{ keys | join(', ') }}),
        {%- for stratum in strata %}
        ({{ keys | join(', ') }}, {{ stratum }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{# The columns stratum_kind and stratum of rows grouped so. #}
{% macro licence_stratum(
    strata=['material', 'route', 'applicant_size_class', 'accepted_quarter']
) -%}
    case
        {%- for stratum in strata %}
            when {{ stratum }} is not null then '{{ stratum }}'
        {%- endfor %}
            else 'all'
        end as stratum_kind,
        coalesce({{ strata | join(', ') }}, 'all') as stratum
{%- endmacro %}


{#
    Kaplan-Meier: share still undecided after the day. A day on which all at risk leave gives 0. The
    logarithms are summed, in quarters, so that the curve is the same whatever else is estimated.
#}
{% macro kaplan_meier(decided, at_risk, window) -%}
    {%- set staying = at_risk ~ ' - ' ~ decided -%}
    {%- set log_quarter = 'ln(cast(' ~ staying ~ ' as double) / ' ~ at_risk ~ ') / 4' -%}
    case
        when bool_or({{ at_risk }} > 0 and {{ at_risk }} = {{ decided }}) over {{ window }} then 0.0::double
        else coalesce(exp(4 * {{ sum_in_any_order(log_quarter, at_risk ~ ' > ' ~ decided, window) }}), 1)
    end
{%- endmacro %}


{#
    Aalen-Johansen: cumulative incidence of one outcome, the others competing. The share undecided
    before the day, times the part of those at risk who leave on it in this way.
#}
{% macro aalen_johansen(outcome, window) -%}
    {%- set leaving = 'previous_survival * ' ~ outcome ~ ' / nullif(at_risk, 0)' -%}
    coalesce({{ sum_in_any_order(leaving, window=window) }}, 0)
{%- endmacro %}


{#
    Greenwood's sum; times the squared survival it is the variance. The day that takes the last case
    adds nothing, as in lifelines: the survival is 0 from there on, and so is its variance.
#}
{% macro greenwood_sum(decided, at_risk, window) -%}
    {%- set staying = '(' ~ at_risk ~ ' - ' ~ decided ~ ')' -%}
    {%- set term = 'cast(' ~ decided ~ ' as double) / (cast(' ~ at_risk ~ ' as double) * '
        ~ staying ~ ')' -%}
    coalesce({{ sum_in_any_order(term, at_risk ~ ' > ' ~ decided, window) }}, 0)
{%- endmacro %}


{#
    Bound of the survival at 95 %, on the scale log(-log): `side` is 1 for the lower, -1 for the
    upper one. It cannot leave 0..1. The constant is the 97.5 % quantile of the normal distribution.
#}
{% macro log_log_bound(survival, greenwood, side) -%}
    case
        when {{ survival }} > 0 and {{ survival }} < 1
            then
                pow(
                    {{ survival }},
                    exp({{ side }} * 1.959963984540054 * sqrt({{ greenwood }}) / -ln({{ survival }}))
                )
        else {{ survival }}
    end
{%- endmacro %}


{#
    First day on which a curve is at or below a level: a quantile of the time to decision; null where
    it is not reached. Products of fractions miss a level they equal by 1e-16, hence the allowance.
#}
{% macro first_day_at_or_below(curve, level, allowance='1e-12') -%}
    min(day) filter (where {{ curve }} <= {{ level }} + {{ allowance }})
{%- endmacro %}


{# A number of days as text; one that is not reached within the follow-up is more than that. #}
{% macro days_text(days, follow_up) -%}
    coalesce(cast({{ days }} as varchar), '> ' || {{ follow_up }})
{%- endmacro %}

{#
    What a relation claims of its rows, as one query: a row per claim that does not hold, with the
    number of rows against it and the query that gives them. docs/decisions/0023-tests-of-a-relation-in-one-node.md.

    A claim is a mapping with a `name`, one of the kinds below, the `reason` why readers need it, and
    `broken_by`: columns and what to set them to, so that the claim must notice.

    stated: column                   no value is missing
    column, between: [low, high]     every value that is there lies between, ends included; null: no end
    column, one_of: [values]         every value that is there is one of these
    column, matches: pattern         the column is text, and every value that is there matches in full
    holds: expression                true or unknown in every row
    key: [columns]                   no combination comes twice, none but of `may_be_null` is missing;
                                     `where` names the rows that it is about
    no_overlap: [columns], span      intervals [from, to) of one key do not overlap and do not run back
    rows: query                      gives no row; `this` is the relation

    `applies_to: full` leaves a claim out where the data are not the whole bundled ones.

    They stand in the test's `config.meta`; those with a `ref` in its `arguments`, as dbt renders
    each argument for each test and nothing else of it.
#}
{% test claims(model, claims=none) %}
{%- set asked = [] -%}
{%- for claim in claims or (config.get('meta') or {}).get('claims', [])
    if claim.applies_to is not defined
    or env_var('CHOKEPOINT_EXPECTATION_SCOPE', 'full') == claim.applies_to -%}
    {%- do asked.append(claim) -%}
{%- endfor -%}
with

this as (
    select * from {{ model }}
),

counted as (
    select
        {%- for claim in asked if claim_condition(claim) %}
        count(*) filter (where not ({{ claim_condition(claim) }})) as "{{ claim.name }}",
        {%- endfor %}
        count(*) as row_count,
    from this
),

claims (claim, failures, failing_rows) as (
    {%- for claim in asked %}
    select
        '{{ claim.name }}',
        {% if claim_condition(claim) -%}
        (select "{{ claim.name }}" from counted),
        {%- else -%}
        (select count(*) from ({{ claim_rows(claim) }}) as failing_rows),
        {%- endif %}
        '{{ ('with this as (select * from ' ~ model ~ ') ' ~ claim_rows(claim)) | replace("'", "''") }}'
    {{ 'union all' if not loop.last }}
    {%- else %}
    select '', 0, ''
    {%- endfor %}
)

select *
from claims
where failures > 0
{% endtest %}


{# What is true or unknown in each row, of claims about rows; nothing of others. #}
{% macro claim_condition(claim) -%}
    {%- if claim.stated is defined -%}
        {{ claim.stated }} is not null
    {%- elif claim.holds is defined -%}
        {{ claim.holds }}
    {%- elif claim.between is defined -%}
        {%- set bounds = [] -%}
        {%- if claim.between[0] is not none -%}
            {%- do bounds.append(claim.column ~ ' >= ' ~ claim.between[0]) -%}
        {%- endif -%}
        {%- if claim.between[1] is not none -%}
            {%- do bounds.append(claim.column ~ ' <= ' ~ claim.between[1]) -%}
        {%- endif -%}
        {{ bounds | join(' and ') }}
    {%- elif claim.one_of is defined -%}
        {{ claim.column }} in (
            {%- for value in claim.one_of -%}
                {{ "'" ~ value ~ "'" if value is string else value }}{{ ', ' if not loop.last }}
            {%- endfor -%}
        )
    {%- elif claim.matches is defined -%}
        {{ claim.column }} is null or typeof({{ claim.column }}) = 'VARCHAR'
        and regexp_full_match(cast({{ claim.column }} as varchar), '{{ claim.matches }}')
    {%- endif -%}
{%- endmacro %}


{# The rows against a claim, from `this`. #}
{% macro claim_rows(claim) -%}
    {%- if claim.rows is defined -%}
        {{ claim.rows }}
    {%- elif claim.key is defined -%}
        select {{ claim.key | join(', ') }}, count(*) as row_count
        from this
        {{ 'where ' ~ claim.where if claim.where is defined }}
        group by {{ claim.key | join(', ') }}
        having
            count(*) > 1
            {%- for column in claim.key if column not in claim.may_be_null | default([]) %}
            or {{ column }} is null
            {%- endfor %}
    {%- elif claim.no_overlap is defined -%}
        select *
        from (
            select
                {{ claim.no_overlap | join(', ') }},
                {{ claim.span[0] }} as interval_start,
                coalesce({{ claim.span[1] }}, date '9999-12-31') as interval_end,
                lead(interval_start) over (
                    partition by {{ claim.no_overlap | join(', ') }} order by interval_start, interval_end
                ) as next_start,
            from this
        )
        where interval_end <= interval_start or next_start < interval_end
    {%- else -%}
        select * from this where not ({{ claim_condition(claim) }})
    {%- endif -%}
{%- endmacro %}

{#
    The clauses that list the code of each question, wholly, in part or perhaps, through the editions
    of nomenclatures; of a clause the most exact code.

    `asked` has question_id and asked_code, digits only. A code names no edition: it is taken for
    one of the newest that knows it, a longer code that none knows for a part of its subheading, a code
    of the issuer's own tariff for what it is. Writes common table expressions: `known_codes`
    (question_id, nomenclature, product_code), one row per question whose code is known, and last
    `listed_clauses`: question_id, measure_id, clause_id, nomenclature, product_code, coverage and
    listed_codes, those of HS 2022 behind it; one row per question and clause.
#}
{% macro listed_clauses(asked) %}
known_codes as (
    select
        asked.question_id,
        codes.nomenclature,
        codes.product_code,
    from {{ asked }} as asked
    inner join {{ ref('dim_product_code') }} as codes
        on
            codes.is_newest
            and codes.product_code in (
                asked.asked_code, left(asked.asked_code, 8), left(asked.asked_code, 6)
            )
    qualify
        row_number() over (
            partition by asked.question_id order by length(codes.product_code) desc
        ) = 1
),

codes_under_law as (
    select
        known_codes.question_id,
        scope.measure_id,
        scope.clause_id,
        scope.nomenclature,
        scope.product_code,
        scope.coverage,
        string_split(scope.listed_codes, '; ') as listed_codes,
    from known_codes
    inner join {{ ref('bridge_product_coverage') }} as scope
        using (nomenclature, product_code)
    union all
    select
        asked.question_id,
        scope.measure_id,
        scope.clause_id,
        scope.nomenclature,
        scope.product_code,
        scope.coverage,
        [left(scope.product_code, 6)] as listed_codes,
    from {{ asked }} as asked
    inner join {{ ref('bridge_measure_products') }} as scope
        on
            scope.nomenclature = 'CN_TARIFF'
            -- Eight digits and 00 are the whole code of eight.
            and scope.product_code in (
                asked.asked_code, asked.asked_code || '00', left(asked.asked_code, 8)
            )
    left join known_codes
        on
            asked.question_id = known_codes.question_id
            and asked.asked_code = known_codes.product_code
    where known_codes.question_id is null
),

listed_clauses as (
    select codes_under_law.*
    from codes_under_law
    qualify
        row_number() over (
            partition by
                codes_under_law.question_id, codes_under_law.measure_id, codes_under_law.clause_id
            order by length(codes_under_law.product_code) desc, codes_under_law.nomenclature
        ) = 1
),
{% endmacro %}

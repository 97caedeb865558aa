{#
    The clauses that list the code of each question: its CN8 code where mapped, its subheading
    else, or the code of the issuing country's own tariff; of a clause the most exact code.

    `asked` has question_id and asked_code, digits only. Writes common table expressions, the last
    of them `listed_clauses`: question_id, measure_id, clause_id, nomenclature, product_code,
    coverage; one row per question and clause. What has no row is not listed.
#}
{% macro listed_clauses(asked) %}
listed_codes as (
    select
        asked.question_id,
        scope.measure_id,
        scope.clause_id,
        scope.nomenclature,
        scope.product_code,
        scope.coverage,
    from {{ ref('bridge_measure_products') }} as scope
    cross join {{ asked }} as asked
    where
        (
            scope.nomenclature = 'HS2022'
            and length(asked.asked_code) = 6
            and scope.product_code = asked.asked_code
        )
        or (
            scope.nomenclature = 'CN2025'
            and length(asked.asked_code) in (8, 10)
            and scope.product_code = left(asked.asked_code, 8)
        )
        or (
            scope.nomenclature = 'CN_TARIFF'
            and length(asked.asked_code) = 10
            and scope.product_code = asked.asked_code
        )
        or (
            scope.nomenclature = 'HS2022'
            and length(asked.asked_code) in (8, 10)
            and scope.product_code = left(asked.asked_code, 6)
            and not exists (
                select 1
                from {{ ref('bridge_measure_products') }} as mapped
                where
                    mapped.measure_id = scope.measure_id
                    and mapped.nomenclature = 'CN2025'
                    and left(mapped.product_code, 6) = scope.product_code
            )
        )
),

listed_clauses as (
    select listed_codes.*
    from listed_codes
    qualify
        row_number() over (
            partition by listed_codes.question_id, listed_codes.measure_id, listed_codes.clause_id
            order by length(listed_codes.product_code) desc, listed_codes.nomenclature
        ) = 1
),
{% endmacro %}

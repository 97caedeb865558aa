{#
    What is wrong with the tables of the law. The test `int_law__input_faults__none` stops the build
    at any row; `chokepoint validate measures` runs the same SQL on a file. A rule has its words in
    seeds/reference/law_rules.csv. What a column may hold is a row of law_columns.csv beside it; a
    rule about several columns or rows has its condition in one of the models below.
#}
with

{% set kinds = ['values', 'rows', 'acts', 'relations'] %}
faults as (
    {% for kind in kinds %}
    select * from {{ ref('int_law__faults_in_' ~ kind) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from faults
order by table_name, row_id, column_name, rule

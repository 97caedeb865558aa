{{ config(materialized='table') }}

{#
    What is wrong with the tables of the law, by the rules of the three models below. The test
    `int_law__input_faults__none` stops the build at any row; `chokepoint validate measures` runs
    the same SQL on a file. A new rule is one more SELECT in one of the three.
#}
with

faults_in_values as (
    select * from {{ ref('int_law__faults_in_values') }}
),

faults_in_acts as (
    select * from {{ ref('int_law__faults_in_acts') }}
),

faults_in_claims as (
    select * from {{ ref('int_law__faults_in_claims') }}
),

final as (
    select * from faults_in_values
    union all
    select * from faults_in_acts
    union all
    select * from faults_in_claims
)

select * from final
order by table_name, row_id, column_name, rule

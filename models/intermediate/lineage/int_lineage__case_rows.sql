{{ config(enabled=target.type == 'duckdb') }}

with

cases as (select * from {{ ref('int_licensing__cases') }}),

strata as (
    select
        data_origin,
        as_of_date,
        vintage,
        line_number,
        'all' as all_cases,
        {{ licence_strata() }},
    from cases
),

unpivoted as (
    from strata unpivot (
        stratum for stratum_kind in (
            all_cases as 'all', material, route, applicant_size_class, accepted_quarter
        )
    )
)

select * from unpivoted

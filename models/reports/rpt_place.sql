{{ config(
    materialized='table_function',
    alias='place',
    parameters=['asked_name'],
    contract={'enforced': false}
) }}

select
    cast(asked_name as varchar) as asked_text,
    {{ asked_place('asked_name') }} as place_code

{{ config(
    materialized='table_function',
    alias='place',
    parameters=['asked_name'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}


select
    cast(asked_name as varchar) as asked_text,
    {{ asked_place('asked_name') }} as place_code

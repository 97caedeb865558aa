{{ config(materialized='table') }}

{%- set files = nodes_of('seed') | map(attribute='original_file_path') | sort | list %}

with

{% if files -%}
files as (
    select
        filename,
        content,
        size,
    from read_blob({{ sql_text_list(files) }})
),
{%- else -%}
files as (
    select
        cast(null as varchar) as filename,
        cast(null as blob) as content,
        cast(null as bigint) as size,
    where false
),
{%- endif %}

final as (
    select
        parse_filename(filename, true) as table_name,
        filename as file_name,
        sha256(content) as file_sha256,
        left(sha256(content), 12) as vintage,
        size as file_size_bytes,
    from files
)

select * from final

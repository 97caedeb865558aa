with

{% for seed, columns in seeds_with_lines().items() -%}
{{ seed }} as (
    select
        '{{ seed }}' as table_name,
        concat_ws('|', {{ columns | join(', ') }}) as row_key,
        rowid as row_number,
    from {{ ref(seed) }}
),

{% endfor -%}

unioned as (
    {%- for seed in seeds_with_lines() %}
    select * from {{ seed }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A text may be broken over lines: rows below it lie so many lines further down.
counted as (
    select
        table_name,
        row_key,
        row_number,
        length(row_key) - length(replace(row_key, chr(10), '')) as line_breaks,
    from unioned
),

-- The header is line 1.
final as (
    select
        table_name,
        row_key,
        cast(
            2 + row_number + sum(line_breaks) over (
                partition by table_name order by row_number
            ) - line_breaks as integer
        ) as line_number,
    from counted
)

select * from final

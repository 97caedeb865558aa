{#
    ISO alpha-3 of a place as people write it, or EU27; null where dim_place_name does not have it.
#}
{% macro place_code(text) -%}
    (
        select max(places.place_code)
        from {{ ref('dim_place_name') }} as places
        where places.name_key = upper(trim({{ text }}))
    )
{%- endmacro %}


{#
    The same of a parameter of a table macro: null is all, and a name that no place has is an error
    that names the nearest, for an empty answer would read as "nothing".
#}
{% macro asked_place(parameter) -%}
    coalesce(
        {{ place_code('cast(' ~ parameter ~ ' as varchar)') }},
        case
            when cast({{ parameter }} as varchar) is not null
                then
                    error(
                        'there is no place ' || left(cast({{ parameter }} as varchar), 60)
                        || ': the nearest are '
                        || (
                            select string_agg(nearest.place_name, ', ')
                            from (
                                select places.place_name
                                from {{ ref('dim_place_name') }} as places
                                where length(places.name_key) > 3
                                order by
                                    jaro_winkler_similarity(
                                        places.name_key, upper(cast({{ parameter }} as varchar))
                                    ) desc,
                                    places.place_name
                                limit 3
                            ) as nearest
                        )
                    )
        end
    )
{%- endmacro %}

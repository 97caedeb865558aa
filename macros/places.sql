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


{#
    Suppliers that a question of an importer is about, where it does not say: of the EU27 and its
    members those outside the EU, of others all.
#}
{% macro asked_scope(reporter, supplier_scope) -%}
    coalesce(
        cast({{ supplier_scope }} as varchar),
        case
            when
                {{ place_code('cast(' ~ reporter ~ ' as varchar)') }} = 'EU27'
                or {{ place_code('cast(' ~ reporter ~ ' as varchar)') }} in (
                    select members.country_iso3
                    from {{ ref('dim_country') }} as members
                    where members.is_eu27_member
                )
                then 'extra_eu'
            else 'all'
        end
    )
{%- endmacro %}

{#
    ISO alpha-3 of a place as people write it: alpha-3, alpha-2, English name, or EU27 for the
    European Union; null where it is none of these. `countries` is dim_country.
#}
{% macro place_code(text, countries) -%}
    coalesce(
        (
            select max(countries.country_iso3)
            from {{ countries }} as countries
            where
                upper(trim({{ text }})) in (
                    countries.country_iso3, countries.country_iso2, upper(countries.country_name)
                )
        ),
        case when upper(trim({{ text }})) in ('EU', 'EU27', 'EUROPEAN UNION') then 'EU27' end
    )
{%- endmacro %}

with

destination_countries as (select * from {{ ref('int_law__destination_countries') }}),

-- Importers on whom the same destinations bear are one class: coverage is worked out once for each.
final as (
    select
        country_code,
        string_agg(destination, '|' order by destination) as destination_class,
    from destination_countries
    group by country_code
)

select * from final

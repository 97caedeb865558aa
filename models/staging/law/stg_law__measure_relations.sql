with

measure_relations as (select * from {{ ref('measure_relations') }}),

renamed as (
    select
        measure_relations.* exclude (destination, new_end_is_inclusive, url_quality),
        destination as target_partner,
        {{ yes_or_no('new_end_is_inclusive') }} as new_end_is_inclusive,
    from measure_relations
)

select * from renamed

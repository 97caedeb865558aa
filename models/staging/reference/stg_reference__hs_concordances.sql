with

concordances as (select * from {{ ref('hs_concordances') }}),

-- How the earlier code stands to the later one: what is divided holds more, what is merged is a
-- part. Waste of machines and batteries has its own heading since HS 2022 and divides nothing.
renamed as (
    select
        'HS' || edition_before as nomenclature_before,
        hs6_before as code_before,
        'HS' || edition_after as nomenclature_after,
        hs6_after as code_after,
        case
            when codes_after <= 1 and codes_before <= 1 then 'same'
            when codes_after <= 1 then 'part_of'
            when codes_before <= 1 then 'holds'
            else 'overlaps'
        end as link,
        starts_with(hs6_after, '8549') as is_waste,
        codes_after as later_code_count,
        codes_before as earlier_code_count,
    from concordances
)

select * from renamed

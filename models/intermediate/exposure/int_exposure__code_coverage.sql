with

parts as (select * from {{ ref('stg_exposure__parts') }}),
known_codes as (select * from {{ ref('int_law__known_codes') }}),
product_coverage as (select * from {{ ref('int_law__product_coverage') }}),
hs_coverage as (select * from {{ ref('int_law__hs_coverage') }}),

-- A part's code names no edition: it is taken for one of the newest that has it. A CN8 code that
-- none has stands in its subheading.
part_codes as (
    select distinct
        parts.product_code,
        coalesce(known_codes.nomenclature, subheadings.nomenclature) as nomenclature,
        coalesce(known_codes.product_code, subheadings.product_code) as known_code,
        known_codes.product_code is null and subheadings.product_code is not null
            as is_by_subheading,
    from parts
    left join known_codes
        on parts.product_code = known_codes.product_code and known_codes.is_newest
    left join known_codes as subheadings
        on
            length(parts.product_code) = 8
            and left(parts.product_code, 6) = subheadings.product_code
            and subheadings.is_newest
            and subheadings.nomenclature_family = 'HS'
    where parts.product_code is not null
),

final as (
    select
        product_coverage.measure_id,
        product_coverage.clause_id,
        case when length(part_codes.product_code) = 6 then 'HS' else 'CN' end
            as nomenclature_family,
        part_codes.product_code,
        if(part_codes.is_by_subheading, 'from its subheading', product_coverage.match_basis)
            as match_basis,
        product_coverage.coverage,
        product_coverage.share_low,
        product_coverage.share_central,
        product_coverage.share_high,
    from part_codes
    inner join product_coverage
        on
            part_codes.nomenclature = product_coverage.nomenclature
            and part_codes.known_code = product_coverage.product_code
    left join hs_coverage
        on
            product_coverage.measure_id = hs_coverage.measure_id
            and product_coverage.nomenclature = hs_coverage.nomenclature
            and product_coverage.product_code = hs_coverage.product_code
    -- Beside the CN8 codes that hold the items of a measure, others of the subheading hold none.
    where
        product_coverage.share_high is not null
        and not (part_codes.is_by_subheading and hs_coverage.is_mapped_to_cn)
)

select * from final

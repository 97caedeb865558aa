with

hs_coverage as (select * from {{ ref('int_law__hs_coverage') }}),
scope_codes as (select * from {{ ref('int_law__scope_codes') }}),
clauses as (select * from {{ ref('int_law__clauses') }}),
known_codes as (select * from {{ ref('int_law__known_codes') }}),

mapped as (
    select
        measure_id,
        product_code,
        is_whole,
        code_valid_from_year,
    from scope_codes
    where nomenclature = 'CN2025'
),

-- The year from which a subheading has the codes that a measure is mapped to.
mapped_since as (
    select
        measure_id,
        left(product_code, 6) as hs6_code,
        max(code_valid_from_year) as since_year,
    from mapped
    group by measure_id, left(product_code, 6)
),

-- CN8 codes within a subheading that a measure lists or may. A code that ends in 00 is the whole
-- subheading. Codes of the CN of 2025 and of other years are taken for the same where no younger
-- code is known in the subheading.
within_subheading as (
    select
        hs_coverage.measure_id,
        known_codes.nomenclature,
        known_codes.product_code,
        hs_coverage.listed_codes,
        hs_coverage.link as parent_link,
        hs_coverage.is_whole as is_parent_whole,
        hs_coverage.is_mapped_to_cn,
        mapped.is_whole as is_mapped_whole,
        mapped.product_code is not null
        and coalesce(mapped.code_valid_from_year, 0) <= known_codes.edition_year
        and hs_coverage.link = 'same' as is_mapped,
        right(known_codes.product_code, 2) = '00' as is_whole_subheading,
        coalesce(mapped_since.since_year, 0) <= known_codes.edition_year
        and hs_coverage.link = 'same' as is_mapping_of_its_time,
        known_codes.edition_year = 2025 as is_mapped_edition,
    from hs_coverage
    inner join known_codes
        on
            hs_coverage.nomenclature = known_codes.hs_nomenclature
            and hs_coverage.product_code = known_codes.hs6_code
    left join mapped_since
        using (measure_id, hs6_code)
    left join mapped
        on
            hs_coverage.measure_id = mapped.measure_id
            and known_codes.product_code = mapped.product_code
    where known_codes.nomenclature_family = 'CN'
),

cn_coverage as (
    select
        measure_id,
        nomenclature,
        product_code,
        listed_codes,
        case
            when is_mapped then 'same'
            when is_whole_subheading then parent_link
            when is_mapped_to_cn and not is_parent_whole then 'may_overlap'
            when parent_link in ('same', 'part_of') then 'part_of'
            else 'may_overlap'
        end as link,
        is_parent_whole or (is_mapped and is_mapped_whole) as is_whole,
        case
            when is_mapped and is_mapped_edition then 'as mapped'
            when is_mapped then 'assumed_unchanged'
            else 'from its subheading'
        end as match_basis,
    from within_subheading
    -- Beside the codes that hold the items of a measure, the others of its subheading hold none.
    where
        is_mapped
        or is_whole_subheading
        or is_parent_whole
        or not is_mapped_to_cn
        or not is_mapping_of_its_time
),

covered as (
    select
        measure_id,
        nomenclature,
        product_code,
        listed_codes,
        link,
        is_whole,
        if(nomenclature = 'HS2022', 'as listed', 'through editions') as match_basis,
    from hs_coverage
    union all
    select * from cn_coverage
),

-- A clause addressed to one firm covers a part of unknown size, and of the listed code only.
final as (
    select
        covered.* exclude (covered.is_whole),
        clauses.clause_id,
        left(covered.nomenclature, 2) as nomenclature_family,
        if(covered.match_basis = 'assumed_unchanged', 'presumed', 'certain') as link_certainty,
        case
            when clauses.addressee is not null then 'reference_only'
            when covered.is_whole then 'whole'
            when covered.link = 'may_overlap' then 'may_overlap'
            else 'partial'
        end as coverage,
        cast(if(covered.is_whole and clauses.addressee is null, 1, 0) as decimal(9, 6))
            as share_low,
        cast(if(covered.is_whole and clauses.addressee is null, 1, null) as decimal(9, 6))
            as share_central,
        cast(
            if(covered.link = 'may_overlap' and not covered.is_whole, null, 1) as decimal(9, 6)
        ) as share_high,
    from covered
    inner join clauses
        on covered.measure_id = clauses.act_id
    where clauses.addressee is null or covered.nomenclature in ('HS2022', 'CN2025')
)

select * from final

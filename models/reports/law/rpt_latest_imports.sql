{{ config(
    materialized='table_function',
    alias='latest_imports',
    parameters=['reporter', 'partner', 'as_of'],
    contract={'enforced': false}
) }}

with

asked as (
    select
        -- A year is complete when it is over.
        strftime(coalesce(cast(as_of as date), current_date), '%Y') as asked_year,
        {{ asked_place('reporter') }} as asked_reporter,
        {{ asked_place('partner') }} as asked_partner,
),

importers as (
    select reporters.reporter_code
    from (select distinct imports.reporter_code from {{ ref('fct_import_weights') }} as imports)
        as reporters
    inner join asked
        on asked.asked_reporter is null or reporters.reporter_code = asked.asked_reporter
),

-- The latest complete year of the importer's product, whichever partners it has.
years as (
    select
        imports.reporter_code,
        imports.product_code,
        max(imports.period) as period,
    from {{ ref('fct_import_weights') }} as imports
    inner join importers
        on imports.reporter_code = importers.reporter_code
    inner join asked
        on imports.period < asked.asked_year
    group by imports.reporter_code, imports.product_code
),

weights as (
    -- A semi join would meet every row with each importer where many are asked at once.
    select imports.*
    from {{ ref('fct_import_weights') }} as imports
    inner join years
        on
            imports.reporter_code = years.reporter_code
            and imports.product_code = years.product_code
            and imports.period = years.period
),

-- Goods that a newer year of another code counts already.
counted_later as (
    select
        weights.reporter_code,
        weights.product_code,
        min(newer.product_code) as newer_code,
    from weights
    inner join {{ ref('bridge_product_editions') }} as links
        on
            weights.nomenclature = links.nomenclature
            and weights.product_code = links.product_code
            and links.basis = 'concordance'
    inner join weights as newer
        on
            weights.reporter_code = newer.reporter_code
            and links.linked_nomenclature = newer.nomenclature
            and links.linked_code = newer.product_code
            and weights.period < newer.period
            and newer.part_of_product_code is null
    group by weights.reporter_code, weights.product_code
),

codes as (
    select distinct
        weights.reporter_code,
        weights.product_code,
        weights.period,
        starts_with(weights.nomenclature, 'CN') as is_cn,
        {{ hs_edition('weights.nomenclature') }} as hs_nomenclature,
        left(weights.product_code, 6) as hs6_code,
    from weights
    anti join counted_later
        using (reporter_code, product_code)
    where weights.part_of_product_code is null
),

-- A CN code whose subheading is counted by the figures of another year is a part of that.
subheadings as (
    select
        parts.reporter_code,
        parts.product_code,
        min(whole.product_code) as counted_code,
    from codes as parts
    inner join codes as whole
        on
            parts.reporter_code = whole.reporter_code
            and parts.is_cn
            and not whole.is_cn
            and parts.period <> whole.period
    left join {{ ref('bridge_product_editions') }} as links
        on
            parts.hs_nomenclature = links.nomenclature
            and parts.hs6_code = links.product_code
            and whole.hs_nomenclature = links.linked_nomenclature
            and whole.hs6_code = links.linked_code
            and links.basis = 'concordance'
    where
        links.link is not null
        or (parts.hs_nomenclature = whole.hs_nomenclature and parts.hs6_code = whole.hs6_code)
    group by parts.reporter_code, parts.product_code
)

select
    weights.* replace (
        coalesce(
            weights.part_of_product_code, counted_later.newer_code, subheadings.counted_code
        ) as part_of_product_code
    ),
from weights
cross join asked
left join counted_later
    using (reporter_code, product_code)
left join subheadings
    using (reporter_code, product_code)
where asked.asked_partner is null or weights.partner_iso3 = asked.asked_partner

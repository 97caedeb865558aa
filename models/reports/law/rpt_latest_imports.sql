{{ config(
    materialized='table_function',
    alias='latest_imports',
    parameters=['reporter', 'partner', 'as_of'],
    contract={'enforced': false},
    persist_docs={'relation': false, 'columns': false},
    post_hook="comment on macro table {{ this }} is '{{ model.description | replace(\"'\", \"''\") }}'"
) }}


with

asked as (
    select
        coalesce(cast(as_of as date), current_date) as asked_on,
        {{ asked_place('reporter') }} as asked_reporter,
        {{ asked_place('partner') }} as asked_partner,
),

weights as (
    select imports.*,
    from {{ ref('fct_import_weights') }} as imports
    cross join asked
    where
        (asked.asked_reporter is null or imports.reporter_code = asked.asked_reporter)
        and cast(imports.period || '-12-31' as date) < asked.asked_on
    -- The latest complete year of the importer's product, whichever partners it has.
    qualify imports.period = max(imports.period) over (
        partition by imports.reporter_code, imports.product_code
    )
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
)

select
    weights.* replace (
        coalesce(weights.part_of_product_code, counted_later.newer_code) as part_of_product_code
    ),
from weights
cross join asked
left join counted_later
    on
        weights.reporter_code = counted_later.reporter_code
        and weights.product_code = counted_later.product_code
where asked.asked_partner is null or weights.partner_iso3 = asked.asked_partner

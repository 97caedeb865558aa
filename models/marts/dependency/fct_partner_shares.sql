{{ config(
    materialized=by_period(),
    meta={'beside_batches': ['int_trade__cells', 'int_trade__supplier_shares']},
) }}

with

cells as (
    select * from {{ ref('int_trade__cells') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

bulk_partner_shares as (
    select * from {{ ref('int_trade__bulk_partner_shares') }}
),

known_outliers as (
    select * from {{ ref('stg_reference__known_outliers') }}
),

shares as (
    select
        cells.reporter_code,
        cells.supplier_scope,
        cells.source_id,
        cells.nomenclature,
        cells.product_code,
        cells.period,
        supplier_shares.partner_code,
        supplier_shares.partner_kind,
        cells.frequency,
        cells.currency,
        supplier_shares.supplier_rank,
        cells.usd_per_eur,
        supplier_shares.value_in_currency,
        supplier_shares.net_mass_kg,
        supplier_shares.value_share,
        supplier_shares.mass_share,
    from supplier_shares
    inner join cells
        on supplier_shares.cell_number = cells.cell_number
    where {{ beside_batches('cells.source_id') }}
),

-- What readers ask by; the bulk shares are sorted so already.
sorted as (
    select * from shares
    order by reporter_code, product_code, period
),

unioned as (
    select * from sorted
    union all
    select * from bulk_partner_shares
),

-- A figure that is known to be wrong is shown as it is, and says so.
flagged as (
    select
        unioned.*,
        known_outliers.reason as known_outlier,
    from unioned
    left join known_outliers
        on
            unioned.source_id = known_outliers.source_id
            and unioned.reporter_code = known_outliers.reporter_code
            and unioned.product_code = known_outliers.product_code
            and unioned.period = known_outliers.period
),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        partner_code as partner_iso3,
        partner_kind,
        frequency,
        known_outlier,
        cast(case when partner_kind <> 'pseudo_partner' then supplier_rank end as integer)
            as supplier_rank,
        {{ amount_in_eur(in_eur('value_in_currency', 'currency', 'usd_per_eur'), 'currency') }}
            as import_value_eur,
        net_mass_kg,
        {{ significant('value_share') }} as value_share,
        {{ significant('mass_share') }} as mass_share,
    from flagged
)

select * from final

{{ config(materialized='table') }}

with

imports_by_supplier as (
    select * from {{ ref('int_trade__imports_by_supplier') }}
),

-- Only this source has every importer of the world; the EU27 as one reporter would count its
-- members twice.
world as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        partner_code as exporter_iso3,
        reporter_code as importer_iso3,
        currency,
        usd_per_eur,
        cast(value_in_currency as decimal(28, 3)) as value_in_currency,
        dense_rank() over (partition by source_id order by period desc) as years_back,
    from imports_by_supplier
    where
        source_id = 'baci_hs92_bilateral'
        and reporter_code <> 'EU27'
        and partner_kind in ('country', 'territory')
        and value_in_currency > 0
),

final as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        exporter_iso3,
        importer_iso3,
        currency,
        usd_per_eur,
        value_in_currency,
        cast(
            sum(value_in_currency) over (
                partition by source_id, nomenclature, product_code, period, importer_iso3
            ) as decimal(28, 3)
        ) as import_value_in_currency,
        -- Numbers join faster than names; a number is one country in one network.
        cast(dense_rank() over (
            order by source_id, nomenclature, product_code, period
        ) as integer) as network_number,
        years_back <= 3 as is_in_latest_three_years,
    from world
)

select * from final

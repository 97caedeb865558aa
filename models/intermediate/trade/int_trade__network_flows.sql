with

imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),
product_periods as (select * from {{ ref('int_trade__product_periods') }}),

-- Only this source has every importer of the world; the EU27 as one reporter would count its
-- members twice.
networks as (
    select *
    from product_periods
    where {{ is_source_with('source_id', 'has_both_sides') }}
),

world as (
    select
        networks.* exclude (networks.frequency),
        imports.partner_code as exporter_iso3,
        imports.reporter_code as importer_iso3,
        cast(imports.value_in_currency as decimal(28, 3)) as value_in_currency,
    from imports
    inner join networks
        using (source_id, nomenclature, product_code, period)
    where
        imports.reporter_code <> 'EU27'
        and imports.partner_kind in ('country', 'territory')
        and imports.value_in_currency > 0
),

importers as (
    select
        product_period_number,
        importer_iso3,
        sum(value_in_currency) as value_in_currency,
    from world
    group by product_period_number, importer_iso3
),

final as (
    select
        world.* exclude (world.product_period_number),
        cast(importers.value_in_currency as decimal(28, 3)) as import_value_in_currency,
        world.product_period_number as network_number,
    from world
    inner join importers
        using (product_period_number, importer_iso3)
)

select * from final

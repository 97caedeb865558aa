with

material_codes as (select * from {{ ref('stg_reference__material_codes') }}),
material_names as (select * from {{ ref('material_names') }}),
uses as (select * from {{ ref('int_exposure__material_uses') }}),
concentration as (select * from {{ ref('int_trade__concentration') }}),

materials as (
    select distinct material from uses
),

named as (
    select
        name_in_list,
        material,
        count(*) over (partition by name_in_list) as materials_of_name,
    from material_names
    where list_id = 'material_codes'
),

links as (
    select
        materials.material,
        material_codes.nomenclature,
        material_codes.product_code,
        -- A code of several elements is exact for none of them.
        material_codes.match_quality = 'exact' and coalesce(named.materials_of_name, 1) = 1
            as is_exact,
    from material_codes
    left join named
        on material_codes.material = named.name_in_list
    inner join materials
        on lower(coalesce(named.material, material_codes.material)) = lower(materials.material)
),

-- Codes of one nomenclature are added up; sources and years are not.
by_source_and_year as (
    select
        links.material,
        concentration.source_id,
        concentration.period,
        -- Cents: exact sums do not depend on the order of the rows.
        sum(cast(concentration.import_value_eur as decimal(28, 2))) filter (where links.is_exact)
            as exact_value_eur,
        sum(cast(concentration.import_value_eur as decimal(28, 2))) as linked_value_eur,
    from links
    inner join concentration
        using (nomenclature, product_code)
    where
        concentration.reporter_code = 'EU27'
        and concentration.supplier_scope = 'extra_eu'
        and concentration.frequency = 'annual'
    group by links.material, concentration.source_id, concentration.period
),

final as (
    select
        material,
        min(exact_value_eur) as import_value_low_eur,
        max(linked_value_eur) as import_value_high_eur,
        min(period) as first_period,
        max(period) as last_period,
    from by_source_and_year
    group by material
)

select * from final

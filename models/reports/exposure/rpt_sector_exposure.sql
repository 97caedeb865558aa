with

foreign_reliance as (select * from {{ ref('fct_sector_foreign_reliance') }}),
input_reliance as (select * from {{ ref('fct_sector_input_reliance') }}),
material_use as (select * from {{ ref('fct_sector_material_use') }}),

china as (
    select *
    from input_reliance
    where source_country_code = 'CHN'
),

divisions as (
    select
        material,
        unnest(string_split(sector_codes, ', ')) as sector_code,
    from material_use
),

materials as (
    select
        sector_code,
        count(distinct material) as materials_used,
    from divisions
    group by sector_code
),

final as (
    select
        cast(
            rank() over (order by foreign_reliance.foreign_inputs_per_output_high desc) as integer
        ) as rank_by_high,
        cast(
            rank() over (order by foreign_reliance.foreign_inputs_per_output_low desc) as integer
        ) as rank_by_low,
        foreign_reliance.sector_code,
        foreign_reliance.sector_name,
        foreign_reliance.source_period,
        foreign_reliance.foreign_inputs_per_output_low,
        foreign_reliance.foreign_inputs_per_output_high,
        foreign_reliance.foreign_share_of_direct_inputs,
        foreign_reliance.foreign_share_of_total_requirement,
        foreign_reliance.largest_total_source_iso3,
        foreign_reliance.largest_total_source_share,
        china.direct_inputs_per_output as china_inputs_per_output_low,
        china.total_requirement_per_output as china_inputs_per_output_high,
        china.of_which_from_c26_per_output as china_electronics_per_output,
        cast(coalesce(materials.materials_used, 0) as integer) as materials_used,
    from foreign_reliance
    left join china
        on foreign_reliance.sector_code = china.sector_code
    left join materials
        on foreign_reliance.sector_code = materials.sector_code
)

select * from final

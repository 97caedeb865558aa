{{ config(enabled=target.type == 'duckdb') }}

with

supply_risks as (select * from {{ ref('int_production__supply_risks') }}),
supply_shares as (select * from {{ ref('int_production__supply_shares') }}),
material_rows as (select * from {{ ref('int_lineage__material_rows') }}),
estimates as (select * from {{ ref('stg_governance__estimates') }}),
partner_codes as (select * from {{ ref('partner_codes') }}),

-- The mean of a group is made of the rows of its members.
made_of as (
    select
        assessment_id,
        material,
        stage,
        lower(material) as material_key,
    from supply_risks
    union
    select
        means.assessment_id,
        means.material,
        means.stage,
        lower(members.material) as material_key,
    from supply_risks as means
    inner join supply_risks as members
        using (assessment_id, stage, group_id)
    where means.is_group and not members.is_group
),

of_the_material as (
    select
        made_of.assessment_id,
        made_of.material,
        made_of.stage,
        material_rows.role,
        material_rows.table_name,
        material_rows.seed_key,
        material_rows.vintage,
        material_rows.line_number,
    from made_of
    inner join material_rows
        on
            made_of.material_key = material_rows.material_key
            and made_of.stage = coalesce(material_rows.stage, made_of.stage)
            and case
                when material_rows.role = 'recycling' then made_of.assessment_id <> 'ec2017'
                else made_of.assessment_id = material_rows.assessment_id
            end
),

scored as (
    select
        coalesce(partner_codes.iso3, estimates.country_code) as country_iso3,
        estimates.year as governance_year,
        estimates.vintage,
        estimates.line_number,
    from estimates
    left join partner_codes
        on
            estimates.country_code = partner_codes.partner_code
            and partner_codes.source_id = 'wgi_estimates'
),

-- Scores of the countries that supply the material.
of_its_suppliers as (
    select
        made_of.assessment_id,
        made_of.material,
        made_of.stage,
        'governance' as role,
        'wgi_estimates' as table_name,
        scored.vintage,
        scored.line_number,
    from made_of
    inner join supply_shares
        on
            made_of.assessment_id = supply_shares.assessment_id
            and made_of.material_key = lower(supply_shares.material)
            and made_of.stage = supply_shares.stage
    inner join scored
        using (country_iso3, governance_year)
),

-- A row counts once, however many members of a group it is about.
final as (
    select * from of_the_material
    union by name
    select * from of_its_suppliers
)

select * from final

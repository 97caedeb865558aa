with

parts as (select * from {{ ref('stg_exposure__parts') }}),
code_coverage as (select * from {{ ref('int_exposure__code_coverage') }}),
scope_codes as (select * from {{ ref('int_law__scope_codes') }}),
sites as (select * from {{ ref('stg_exposure__sites') }}),
clauses as (select * from {{ ref('int_law__clauses') }}),
destination_countries as (select * from {{ ref('int_law__destination_countries') }}),

-- Where the goods of a graph go: to its own sites; where it names none, to the EU.
own_sites as (
    select distinct
        data_origin,
        graph_id,
        country_code,
    from sites
    where site_role = 'own'
),

graph_destinations as (
    select
        own_sites.data_origin,
        own_sites.graph_id,
        destination_countries.destination,
    from own_sites
    inner join destination_countries
        on own_sites.country_code = destination_countries.country_code
    union
    select
        parts.data_origin,
        parts.graph_id,
        destination_countries.destination,
    from (
        select distinct
            data_origin,
            graph_id,
        from parts
        anti join own_sites
            using (data_origin, graph_id)
    ) as parts
    cross join destination_countries
    where destination_countries.is_eu27
),

-- Materials that the items of a measure name within a subheading.
named_materials as (
    select distinct
        measure_id,
        left(product_code, 6) as hs6_code,
        unnest(string_split(materials, '; ')) as material,
    from scope_codes
    where product_code is not null
),

-- Of a code that is listed in part, a part counts if its owner says that it is, or is controlled
-- for, a material of the items.
final as (
    select
        parts.data_origin,
        parts.graph_id,
        parts.part_id,
        code_coverage.measure_id,
        code_coverage.clause_id,
        parts.product_code,
        code_coverage.match_basis,
        case
            when code_coverage.coverage = 'partial' and named_materials.material is not null
                then 'by_material'
            else code_coverage.coverage
        end as coverage,
        code_coverage.share_low,
        case
            when code_coverage.coverage = 'partial' and named_materials.material is not null then 1
            else code_coverage.share_central
        end as share_central,
        code_coverage.share_high,
    from parts
    inner join code_coverage
        on parts.product_code = code_coverage.product_code
    left join named_materials
        on
            code_coverage.measure_id = named_materials.measure_id
            and left(parts.product_code, 6) = named_materials.hs6_code
            and parts.material = named_materials.material
    left join clauses
        on
            code_coverage.measure_id = clauses.act_id
            and code_coverage.clause_id = clauses.clause_id
    left join graph_destinations
        using (data_origin, graph_id, destination)
    -- A clause for other destinations (a ban to one country) does not bear on the graph.
    where clauses.destination is null or graph_destinations.destination is not null
)

select * from final

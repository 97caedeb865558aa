{% set sides = ['importer', 'exporter'] %}

with

mirror_statements as (select * from {{ ref('int_trade__mirror_statements') }}),
cn8_code_counts as (select * from {{ ref('cn8_code_counts') }}),

-- Each side's figure of a flow, at the level of the shared code.
figures as (
    select
        pair_id,
        side,
        product_family,
        nomenclature,
        product_code,
        period,
        case when flow = 'import' then reporter_code else partner_code end as importer_code,
        case when flow = 'import' then partner_code else reporter_code end as exporter_code,
        sum(value_eur) as value_eur,
        case when sum(rows_without_mass) = 0 then sum(net_mass_kg) end as net_mass_kg,
        bool_or(partner_kind = 'territory') as is_territory,
    from mirror_statements
    where partner_kind in ('country', 'territory')
    group by all
),

-- Which codes a side carries at all, and whether all codes below an HS6 heading are there.
carried as (
    select
        mirror_statements.pair_id,
        mirror_statements.side,
        mirror_statements.product_family,
        mirror_statements.nomenclature,
        mirror_statements.product_code,
        mirror_statements.period,
        bool_and(length(mirror_statements.detailed_code) = 6)
        or mirror_statements.product_family <> 'HS'
        or coalesce(
            count(distinct mirror_statements.detailed_code)
            >= any_value(cn8_code_counts.cn8_code_count),
            false
        ) as is_complete,
    from mirror_statements
    left join cn8_code_counts
        on mirror_statements.product_code = cn8_code_counts.hs6_code
    group by
        mirror_statements.pair_id,
        mirror_statements.side,
        mirror_statements.product_family,
        mirror_statements.nomenclature,
        mirror_statements.product_code,
        mirror_statements.period
),

-- Whom a side covers, and what it keeps from us: partners it does not name, flows it does not
-- list.
covered as (
    select
        pair_id,
        side,
        flow,
        reporter_code,
        period,
    from mirror_statements
    group by all
),

unnamed as (
    select
        pair_id,
        side,
        reporter_code,
        nomenclature,
        product_code,
        period,
        sum(value_eur) filter (where partner_kind not in ('country', 'territory'))
            as unnamed_value_eur,
        bool_or(coverage is not null) as is_partial_list,
    from mirror_statements
    group by all
),

flows_of_either_side as (
    select distinct
        pair_id,
        product_family,
        product_code,
        period,
        importer_code,
        exporter_code,
    from figures
),

-- A comparison needs both: sources that cover the reporter, and that carry the code.
cells as (
    select
        either.*,
        importer_carried.nomenclature as importer_nomenclature,
        exporter_carried.nomenclature as exporter_nomenclature,
        either.importer_code as importer_side_reporter_code,
        case exporter_covered.flow when 'export' then either.exporter_code
        else either.importer_code end as exporter_side_reporter_code,
        importer_carried.is_complete as is_importer_complete,
        exporter_carried.is_complete as is_exporter_complete,
    from flows_of_either_side as either
    {%- for side in sides %}
    inner join carried as {{ side }}_carried
        on
            either.pair_id = {{ side }}_carried.pair_id
            and either.product_family = {{ side }}_carried.product_family
            and either.product_code = {{ side }}_carried.product_code
            and either.period = {{ side }}_carried.period
            and {{ side }}_carried.side = '{{ side }}'
    {%- endfor %}
    inner join covered as importer_covered
        on
            either.pair_id = importer_covered.pair_id
            and either.importer_code = importer_covered.reporter_code
            and either.period = importer_covered.period
            and importer_covered.side = 'importer'
    inner join covered as exporter_covered
        on
            either.pair_id = exporter_covered.pair_id
            and either.period = exporter_covered.period
            and exporter_covered.side = 'exporter'
            and exporter_covered.reporter_code
            = case exporter_covered.flow when 'export' then either.exporter_code
            else either.importer_code end
),

final as (
    select
        cells.* exclude (
            cells.product_family, cells.importer_side_reporter_code,
            cells.exporter_side_reporter_code
        ),
        -- A territory of one source is part of a country in another.
        {%- for side, other in [sides, sides | reverse | list] %}
        {{ side }}_figures.value_eur as {{ side }}_value_eur,
        {{ side }}_figures.net_mass_kg as {{ side }}_net_mass_kg,
        {{ side }}_unnamed.unnamed_value_eur as {{ side }}_unnamed_value_eur,
        coalesce({{ side }}_unnamed.unnamed_value_eur <> 0, false)
        or coalesce({{ side }}_unnamed.is_partial_list, false)
        or coalesce({{ other }}_figures.is_territory, false) as {{ side }}_may_hide,
        {%- endfor %}
    from cells
    {%- for side in sides %}
    left join figures as {{ side }}_figures
        on
            cells.pair_id = {{ side }}_figures.pair_id
            and cells.{{ side }}_nomenclature = {{ side }}_figures.nomenclature
            and cells.product_code = {{ side }}_figures.product_code
            and cells.period = {{ side }}_figures.period
            and cells.importer_code = {{ side }}_figures.importer_code
            and cells.exporter_code = {{ side }}_figures.exporter_code
            and {{ side }}_figures.side = '{{ side }}'
    left join unnamed as {{ side }}_unnamed
        on
            cells.pair_id = {{ side }}_unnamed.pair_id
            and cells.{{ side }}_nomenclature = {{ side }}_unnamed.nomenclature
            and cells.product_code = {{ side }}_unnamed.product_code
            and cells.period = {{ side }}_unnamed.period
            and cells.{{ side }}_side_reporter_code = {{ side }}_unnamed.reporter_code
            and {{ side }}_unnamed.side = '{{ side }}'
    {%- endfor %}
)

select * from final

{{ config(materialized=by_period()) }}

{%- set key = ['source_id', 'nomenclature', 'product_code', 'period', 'reporter_code'] %}

with

-- Of bulk sources the reporters with partner detail.
imports as (
    select
        *,
        partner_kind = 'pseudo_partner' as is_unknown,
    from {{ ref('int_trade__imports') }} as imports
    where
        {{ is_due('imports') }}
        and (
            not ({{ is_bulk_source('source_id') }})
            or list_contains({{ sql_text_list(var('partner_detail_reporters')) }}, reporter_code)
        )
),

sources as (select * from {{ ref('stg_reference__trade_sources') }}),
known_outliers as (select * from {{ ref('known_outliers') }}),

totals as (
    select
        {{ key | join(',
        ') }},
        any_value(frequency) as frequency,
        max(currency) as currency,
        max(usd_per_eur) as usd_per_eur,
        any_value(is_eu_reporter) as is_eu_reporter,
        cast(sum(value_in_currency) as double) as all_value,
        cast(sum(case when not is_intra_eu_partner then value_in_currency end) as double)
            as extra_eu_value,
        cast(sum(net_mass_kg) as double) as all_mass,
        cast(sum(case when not is_intra_eu_partner then net_mass_kg end) as double)
            as extra_eu_mass,
    from imports
    group by {{ key | join(', ') }}
),

-- A number for each cell, in the order that readers ask by: to sort by it costs a fraction. A
-- figure that is known to be wrong is shown as it is, and says so.
cells as (
    select
        totals.*,
        sources.supplier_scopes,
        known_outliers.reason as known_outlier,
        row_number() over (
            order by totals.reporter_code, totals.product_code, totals.period, totals.source_id,
            totals.nomenclature
        ) as cell_number,
    from totals
    inner join sources
        using (source_id)
    left join known_outliers
        using (source_id, reporter_code, product_code, period)
),

-- Known suppliers first, then by value; the code breaks ties. The rank among suppliers outside the
-- EU27 is the number of those up to the row.
ranked as (
    select
        cells.cell_number,
        imports.partner_code,
        imports.partner_kind,
        imports.value_in_currency,
        imports.net_mass_kg,
        imports.is_intra_eu_partner,
        row_number() over by_size as all_rank,
        count(*) filter (where not imports.is_intra_eu_partner) over by_size as extra_eu_rank,
    from imports
    inner join cells
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}imports.{{ column }} = cells.{{ column }}
            {%- endfor %}
    window
        by_size as (
            partition by cells.cell_number
            order by imports.is_unknown, imports.value_in_currency desc, imports.partner_code
            rows between unbounded preceding and current row
        )
),

scopes as (
    select 'extra_eu' as supplier_scope
    union all
    select 'all' as supplier_scope
),

scoped as (
    select
        cells.*,
        ranked.partner_code,
        ranked.partner_kind,
        ranked.value_in_currency,
        ranked.net_mass_kg,
        scopes.supplier_scope,
        if(scopes.supplier_scope = 'all', ranked.all_rank, ranked.extra_eu_rank) as supplier_rank,
        if(scopes.supplier_scope = 'all', cells.all_value, cells.extra_eu_value) as total_value,
        if(scopes.supplier_scope = 'all', cells.all_mass, cells.extra_eu_mass) as total_mass,
    from ranked
    inner join cells
        on ranked.cell_number = cells.cell_number
    cross join scopes
    where
        cells.supplier_scopes in ('both', scopes.supplier_scope)
        and (
            scopes.supplier_scope = 'all'
            or (cells.is_eu_reporter and not ranked.is_intra_eu_partner)
        )
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
        cast(net_mass_kg as double) as net_mass_kg,
        {{ significant('cast(value_in_currency as double) / total_value') }} as value_share,
        {{ significant('cast(net_mass_kg as double) / nullif(total_mass, 0)') }} as mass_share,
    from scoped
    where total_value > 0
    order by cell_number
)

select * from final

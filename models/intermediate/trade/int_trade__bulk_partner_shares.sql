{%- set key = ['source_id', 'product_code', 'period', 'reporter_number'] -%}

with

bulk_imports as (
    select * from {{ ref('int_trade__bulk_imports') }}
    where {{ in_built_batch('source_id', 'period', 'product_code') }}
),

bulk_places as (
    select * from {{ ref('int_trade__bulk_places') }}
),

exchange_rates as (
    select * from {{ ref('int_trade__exchange_rates') }}
),

detailed as (
    select
        source_id,
        place_number,
        place_code,
        is_eu_reporter,
    from bulk_places
    where
        place_code in (
            {%- for code in var('partner_detail_reporters') %}
            '{{ code }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
),

imports as (
    select
        {%- for column in key %}
        bulk_imports.{{ column }},
        {%- endfor %}
        bulk_imports.partner_number,
        bulk_imports.value_in_currency,
        bulk_imports.net_mass_kg,
        partners.is_intra_eu_partner,
        partners.place_kind = 'pseudo_partner' as is_unknown,
        {{ supplier_key('bulk_imports.value_in_currency', 'bulk_imports.partner_number') }}
            as supplier_key,
    from bulk_imports
    inner join detailed
        on
            bulk_imports.source_id = detailed.source_id
            and bulk_imports.reporter_number = detailed.place_number
    inner join bulk_places as partners
        on
            bulk_imports.source_id = partners.source_id
            and bulk_imports.partner_number = partners.place_number
),

totals as (
    select
        {{ key | join(',
        ') }},
        cast(sum(value_in_currency) as double) as all_value,
        cast(sum(case when not is_intra_eu_partner then value_in_currency end) as double)
            as extra_eu_value,
        cast(sum(net_mass_kg) as double) as all_mass,
        cast(sum(case when not is_intra_eu_partner then net_mass_kg end) as double)
            as extra_eu_mass,
        {{ of_bulk_source('nomenclature') }} as nomenclature,
        {{ of_bulk_source('currency') }} as currency,
        {{ of_bulk_source('frequency') }} as frequency,
    from imports
    group by {{ key | join(', ') }}
),

-- A number for each cell, in the order that readers ask by: sorting by it costs a fraction of sorting
-- the rows of the mart by their codes.
cells as (
    select
        totals.*,
        detailed.place_code as reporter_code,
        detailed.is_eu_reporter,
        exchange_rates.usd_per_eur,
        row_number() over (
            order by
                detailed.place_code,
                totals.product_code,
                totals.period,
                totals.source_id
        ) as cell_number,
    from totals
    inner join detailed
        on
            totals.source_id = detailed.source_id
            and totals.reporter_number = detailed.place_number
    left join exchange_rates
        on
            totals.currency = exchange_rates.currency
            and totals.period = exchange_rates.period
            and totals.frequency = exchange_rates.frequency
),

suppliers as (
    select
        cells.cell_number,
        imports.partner_number,
        imports.value_in_currency,
        imports.net_mass_kg,
        imports.is_intra_eu_partner,
        imports.is_unknown,
        imports.supplier_key,
    from imports
    inner join cells
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}imports.{{ column }} = cells.{{ column }}
            {%- endfor %}
),

-- Known suppliers first, then by value; the code breaks ties. The rank among suppliers outside the
-- EU27 is the number of those up to the row.
ranked as (
    select
        *,
        row_number() over by_size as all_rank,
        count(*) filter (where not is_intra_eu_partner) over by_size as extra_eu_rank,
    from suppliers
    window
        by_size as (
            partition by cell_number
            order by is_unknown, supplier_key desc
            rows between unbounded preceding and current row
        )
),

-- Rows are still narrow here, and what follows keeps their order but for a few thousand at a time.
sorted as (
    select *
    from ranked
    order by cell_number
),

scopes as (
    select 'extra_eu' as supplier_scope
    union all
    select 'all' as supplier_scope
),

scoped as (
    select
        sorted.*,
        scopes.supplier_scope,
        cells.reporter_code,
        cells.source_id,
        cells.nomenclature,
        cells.product_code,
        cells.period,
        cells.frequency,
        cells.currency,
        cells.usd_per_eur,
        case when scopes.supplier_scope = 'all' then cells.all_value else cells.extra_eu_value end
            as total_value,
        case when scopes.supplier_scope = 'all' then cells.all_mass else cells.extra_eu_mass end
            as total_mass,
    from sorted
    inner join cells
        on sorted.cell_number = cells.cell_number
    cross join scopes
    where
        scopes.supplier_scope = 'all'
        or cells.is_eu_reporter and not sorted.is_intra_eu_partner
),

final as (
    select
        scoped.reporter_code,
        scoped.supplier_scope,
        scoped.source_id,
        scoped.nomenclature,
        scoped.product_code,
        scoped.period,
        partners.place_code as partner_code,
        partners.place_kind as partner_kind,
        scoped.frequency,
        scoped.currency,
        case
            when scoped.supplier_scope = 'all' then scoped.all_rank
            else scoped.extra_eu_rank
        end as supplier_rank,
        scoped.usd_per_eur,
        cast(scoped.value_in_currency as double) as value_in_currency,
        cast(scoped.net_mass_kg as double) as net_mass_kg,
        cast(scoped.value_in_currency as double) / scoped.total_value as value_share,
        cast(scoped.net_mass_kg as double) / nullif(scoped.total_mass, 0) as mass_share,
    from scoped
    inner join bulk_places as partners
        on
            scoped.source_id = partners.source_id
            and scoped.partner_number = partners.place_number
    where scoped.total_value > 0
)

select * from final

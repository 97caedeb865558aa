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
        detailed.place_code as reporter_code,
        detailed.is_eu_reporter,
        partners.place_code as partner_code,
        partners.place_kind as partner_kind,
        partners.is_intra_eu_partner,
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

-- Known suppliers first, then by value; the code breaks ties. The rank among suppliers outside the
-- EU27 is the number of those up to the row.
ranked as (
    select
        *,
        row_number() over by_size as all_rank,
        count(*) filter (where not is_intra_eu_partner) over by_size as extra_eu_rank,
    from imports
    window
        by_size as (
            partition by {{ key | join(', ') }}
            order by
                partner_kind = 'pseudo_partner',
                value_in_currency desc,
                partner_number
            rows between unbounded preceding and current row
        )
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

cells as (
    select
        totals.*,
        exchange_rates.usd_per_eur,
    from totals
    left join exchange_rates
        on
            totals.currency = exchange_rates.currency
            and totals.period = exchange_rates.period
            and totals.frequency = exchange_rates.frequency
),

final as (
    {%- for scope in ['extra_eu', 'all'] %}
    select
        ranked.reporter_code,
        '{{ scope }}' as supplier_scope,
        ranked.source_id,
        cells.nomenclature,
        ranked.product_code,
        ranked.period,
        ranked.partner_code,
        ranked.partner_kind,
        cells.frequency,
        cells.currency,
        ranked.{{ scope }}_rank as supplier_rank,
        cells.usd_per_eur,
        cast(ranked.value_in_currency as double) as value_in_currency,
        cast(ranked.net_mass_kg as double) as net_mass_kg,
        cast(ranked.value_in_currency as double) / cells.{{ scope }}_value as value_share,
        cast(ranked.net_mass_kg as double) / nullif(cells.{{ scope }}_mass, 0) as mass_share,
    from ranked
    inner join cells
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}ranked.{{ column }} = cells.{{ column }}
            {%- endfor %}
    where
        cells.{{ scope }}_value > 0
        {{ 'and ranked.is_eu_reporter and not ranked.is_intra_eu_partner' if scope == 'extra_eu' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final

{%- set key = ['source_id', 'product_code', 'period', 'reporter_number'] -%}
{%- set moments = [
    'value', 'unknown_value', 'value_without_mass', 'mass', 'unknown_mass', 'squares',
    'mass_squares', 'log_moments', 'supplier_count',
] -%}
{%- set sides = {'extra_eu': 'not is_intra_eu_partner', 'intra_eu': 'is_intra_eu_partner'} -%}

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

-- The largest key is that of the largest supplier, and of equal ones that of the first by code.
imports as (
    select
        {%- for column in key %}
        bulk_imports.{{ column }},
        {%- endfor %}
        bulk_imports.value_in_currency,
        bulk_imports.value_without_mass,
        bulk_imports.net_mass_kg,
        partners.is_intra_eu_partner,
        partners.place_kind = 'pseudo_partner' as is_unknown,
        {{ supplier_key('bulk_imports.value_in_currency', 'bulk_imports.partner_number') }}
            as supplier_key,
    from bulk_imports
    inner join bulk_places as partners
        on
            bulk_imports.source_id = partners.source_id
            and bulk_imports.partner_number = partners.place_number
),

moments as (
    select
        {{ key | join(',
        ') }},
        value_in_currency,
        value_without_mass,
        net_mass_kg,
        is_intra_eu_partner,
        is_unknown,
        not is_unknown and value_in_currency > 0 as is_supplier,
        case when not is_unknown then supplier_key end as supplier_key,
        case when not is_unknown then {{ square_moment('value_in_currency') }} end as square,
        case when not is_unknown then {{ square_moment('net_mass_kg') }} end as mass_square,
        case
            when not is_unknown and value_in_currency > 0
                then {{ log_moment('value_in_currency') }}
        end as log_moment,
    from imports
),

-- In one pass: of both sides of the EU border, and all suppliers are the two together.
sums as (
    select
        {{ key | join(',
        ') }},
        {%- for side, condition in sides.items() %}
        sum(case when {{ condition }} then value_in_currency end) as {{ side }}_value,
        sum(case when {{ condition }} and is_unknown then value_in_currency end)
            as {{ side }}_unknown_value,
        sum(case when {{ condition }} then value_without_mass end) as {{ side }}_value_without_mass,
        sum(case when {{ condition }} then net_mass_kg end) as {{ side }}_mass,
        sum(case when {{ condition }} and is_unknown then net_mass_kg end)
            as {{ side }}_unknown_mass,
        sum(case when {{ condition }} then square end) as {{ side }}_squares,
        sum(case when {{ condition }} then mass_square end) as {{ side }}_mass_squares,
        sum(case when {{ condition }} then log_moment end) as {{ side }}_log_moments,
        count(*) filter (where is_supplier and {{ condition }}) as {{ side }}_supplier_count,
        {%- endfor %}
        max(supplier_key, 3) filter (where not is_intra_eu_partner) as extra_eu_largest,
        max(supplier_key, 3) as all_largest,
    from moments
    group by {{ key | join(', ') }}
),

-- The three largest of both scopes as numbers: lists would be copied at each step below.
taken_apart as (
    select
        {{ key | join(',
        ') }},
        {%- for side in sides %}
        {%- for moment in moments %}
        {{ side }}_{{ moment }},
        {%- endfor %}
        {%- endfor %}
        {%- for scope in ['extra_eu', 'all'] %}
        {%- for nth in [1, 2, 3] %}
        {{ scope }}_largest[{{ nth }}] as {{ scope }}_key_{{ nth }},
        {%- endfor %}
        {%- endfor %}
    from sums
),

scopes as (
    select 'extra_eu' as supplier_scope
    union all
    select 'all' as supplier_scope
),

cells as (
    select
        {%- for column in key %}
        taken_apart.{{ column }},
        {%- endfor %}
        scopes.supplier_scope,
        {%- for moment in moments %}
        case
            when scopes.supplier_scope = 'extra_eu' then taken_apart.extra_eu_{{ moment }}
            when taken_apart.extra_eu_{{ moment }} is null then taken_apart.intra_eu_{{ moment }}
            else taken_apart.extra_eu_{{ moment }} + coalesce(taken_apart.intra_eu_{{ moment }}, 0)
        end as {{ moment }},
        {%- endfor %}
        {%- for nth in [1, 2, 3] %}
        case
            when scopes.supplier_scope = 'extra_eu' then taken_apart.extra_eu_key_{{ nth }}
            else taken_apart.all_key_{{ nth }}
        end as key_{{ nth }},
        {%- endfor %}
        taken_apart.extra_eu_value,
        taken_apart.intra_eu_value,
        taken_apart.extra_eu_mass,
        taken_apart.intra_eu_mass,
    from taken_apart
    cross join scopes
),

-- Shares are of known suppliers; a single one has no entropy, whatever rounding leaves.
known as (
    select
        *,
        cast(value as double) as import_value,
        cast(value - coalesce(unknown_value, 0) as double) as known_value,
        cast(mass - coalesce(unknown_mass, 0) as double) as known_mass,
    from cells
    where value > 0
),

measured as (
    select
        *,
        {{ squared_shares_of_moments('squares', 'known_value') }} as hhi,
        {{ squared_shares_of_moments('mass_squares', 'known_mass') }} as hhi_mass,
        case
            when supplier_count > 1
                then greatest(0, {{ entropy_of_moments('log_moments', 'known_value') }})
            when supplier_count = 1 then 0
        end as shannon,
    from known
),

described as (
    select
        *,
        {{ of_bulk_source('nomenclature') }} as nomenclature,
        {{ of_bulk_source('currency') }} as currency,
        {{ of_bulk_source('frequency') }} as frequency,
        cast(coalesce(unknown_value, 0) as double) / import_value as unknown_share,
        {{ value_of_supplier_key('key_1') }} / import_value as top_share,
        (
            {{ value_of_supplier_key('key_1') }}
            + coalesce({{ value_of_supplier_key('key_2') }}, 0)
            + coalesce({{ value_of_supplier_key('key_3') }}, 0)
        ) / import_value as top_three_share,
        cast(1023 - key_1 % 1024 as smallint) as top_supplier_number,
    from measured
),

bounded as (
    select
        *,
        coalesce(hhi * (1 - unknown_share) * (1 - unknown_share), 0) as hhi_low,
        unknown_share * (2 * coalesce(top_share, 0) + unknown_share) as hhi_room,
    from described
),

final as (
    select
        reporters.place_code as reporter_code,
        bounded.supplier_scope,
        bounded.source_id,
        bounded.nomenclature,
        bounded.product_code,
        bounded.period,
        bounded.frequency,
        cast(null as varchar) as coverage,
        suppliers.place_code as top_supplier_iso3,
        bounded.currency,
        bounded.import_value,
        cast(bounded.value_without_mass as double) as value_without_mass,
        cast(bounded.mass as double) as net_mass_kg,
        case when reporters.is_eu_reporter then cast(bounded.extra_eu_mass as double) end
            as extra_eu_net_mass_kg,
        case when reporters.is_eu_reporter then cast(bounded.intra_eu_mass as double) end
            as intra_eu_net_mass_kg,
        exchange_rates.usd_per_eur,
        {{ in_eur('bounded.import_value', 'bounded.currency', 'exchange_rates.usd_per_eur') }}
            as import_value_eur,
        case
            when reporters.is_eu_reporter then {{ in_eur(
                'bounded.extra_eu_value', 'bounded.currency', 'exchange_rates.usd_per_eur'
            ) }}
        end
            as extra_eu_import_value_eur,
        case
            when reporters.is_eu_reporter then {{ in_eur(
                'bounded.intra_eu_value', 'bounded.currency', 'exchange_rates.usd_per_eur'
            ) }}
        end
            as intra_eu_import_value_eur,
        bounded.hhi,
        bounded.hhi_mass as hhi_mass_known,
        bounded.hhi_low,
        bounded.hhi_low + bounded.hhi_room as hhi_high,
        case
            when bounded.supplier_count = 1 then 1
            else
                (bounded.hhi - 1.0 / bounded.supplier_count) / (1 - 1.0 / bounded.supplier_count)
        end as hhi_normalised,
        bounded.shannon,
        bounded.supplier_count,
        bounded.top_share,
        bounded.top_three_share,
        bounded.unknown_share,
        false as is_partial_partner_list,
    from bounded
    inner join bulk_places as reporters
        on
            bounded.source_id = reporters.source_id
            and bounded.reporter_number = reporters.place_number
    left join bulk_places as suppliers
        on
            bounded.source_id = suppliers.source_id
            and bounded.top_supplier_number = suppliers.place_number
    left join exchange_rates
        on
            bounded.currency = exchange_rates.currency
            and bounded.period = exchange_rates.period
            and bounded.frequency = exchange_rates.frequency
    where bounded.supplier_scope = 'all' or reporters.is_eu_reporter
)

select * from final

{%- set key = ['source_id', 'product_code', 'period', 'reporter_code'] -%}
{%- set scopes = {'extra_eu': 'not is_intra_eu_partner', 'all': 'true'} -%}

with

bulk_imports as (
    select * from {{ ref('int_trade__bulk_imports') }}
),

places as (
    select * from {{ ref('int_trade__places') }}
),

exchange_rates as (
    select * from {{ ref('int_trade__exchange_rates') }}
),

place_codes as (
    select distinct
        place_number,
        place_code,
    from places
),

-- The largest key is that of the largest supplier, and of equal ones that of the first by code.
imports as (
    select
        {{ key | join(',
        ') }},
        cast(value_in_currency * 1000 as bigint) * 1024 + (1023 - partner_number) as supplier_key,
        value_in_currency,
        value_without_mass,
        net_mass_kg,
        is_eu_reporter,
        is_intra_eu_partner,
        partner_kind = 'pseudo_partner' as is_unknown,
    from bulk_imports
),

totals as (
    select
        {{ key | join(',
        ') }},
        {%- for scope, condition in scopes.items() %}
        cast(sum(value_in_currency) filter (where {{ condition }}) as double) as {{ scope }}_value,
        cast(
            coalesce(
                sum(value_in_currency) filter (where is_unknown and {{ condition }}), 0
            ) as double
        ) as {{ scope }}_unknown_value,
        cast(sum(value_without_mass) filter (where {{ condition }}) as double)
            as {{ scope }}_value_without_mass,
        cast(sum(net_mass_kg) filter (where {{ condition }}) as double) as {{ scope }}_mass,
        cast(
            sum(net_mass_kg) filter (where not is_unknown and {{ condition }}) as double
        ) as {{ scope }}_known_mass,
        cast(
            sum(value_in_currency) filter (where not is_unknown and {{ condition }}) as double
        ) as {{ scope }}_known_value,
        {%- endfor %}
        cast(sum(value_in_currency) filter (where is_intra_eu_partner) as double)
            as intra_eu_value,
        cast(sum(net_mass_kg) filter (where is_intra_eu_partner) as double) as intra_eu_mass,
        bool_or(is_eu_reporter) as is_eu_reporter,
    from imports
    group by {{ key | join(', ') }}
),

named as (
    select
        {%- for column in key %}
        imports.{{ column }},
        {%- endfor %}
        imports.supplier_key,
        imports.value_in_currency > 0 as is_supplier,
        imports.is_intra_eu_partner,
        {%- for scope, condition in scopes.items() %}
        case
            when {{ condition }}
                then
                    cast(imports.value_in_currency as double)
                    / nullif(totals.{{ scope }}_known_value, 0)
        end as {{ scope }}_share,
        case
            when {{ condition }}
                then
                    cast(imports.net_mass_kg as double)
                    / nullif(totals.{{ scope }}_known_mass, 0)
        end as {{ scope }}_mass_share,
        {%- endfor %}
    from imports
    inner join totals
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}imports.{{ column }} = totals.{{ column }}
            {%- endfor %}
    where not imports.is_unknown
),

squares as (
    select
        {{ key | join(',
        ') }},
        {%- for scope, condition in scopes.items() %}
        {{ sum_of_squared_shares(scope ~ '_share') }} as {{ scope }}_hhi,
        {{ sum_of_squared_shares(scope ~ '_mass_share') }} as {{ scope }}_hhi_mass,
        {{ shannon_entropy(scope ~ '_share') }} as {{ scope }}_shannon,
        count(*) filter (where is_supplier and {{ condition }}) as {{ scope }}_supplier_count,
        max(supplier_key, 3) filter (where {{ condition }}) as {{ scope }}_largest,
        {%- endfor %}
    from named
    group by {{ key | join(', ') }}
),

cells as (
    {%- for scope in scopes %}
    select
        {%- for column in key %}
        totals.{{ column }},
        {%- endfor %}
        '{{ scope }}' as supplier_scope,
        totals.{{ scope }}_value as import_value,
        totals.{{ scope }}_unknown_value as unknown_value,
        totals.{{ scope }}_value_without_mass as value_without_mass,
        totals.{{ scope }}_mass as net_mass_kg,
        {%- for side in ['extra_eu', 'intra_eu'] %}
        case when totals.is_eu_reporter then totals.{{ side }}_value end as {{ side }}_value,
        case when totals.is_eu_reporter then totals.{{ side }}_mass end as {{ side }}_net_mass_kg,
        {%- endfor %}
        squares.{{ scope }}_hhi as hhi,
        squares.{{ scope }}_hhi_mass as hhi_mass,
        squares.{{ scope }}_shannon as shannon,
        coalesce(squares.{{ scope }}_supplier_count, 0) as supplier_count,
        squares.{{ scope }}_largest as largest,
    from totals
    left join squares
        on
            {%- for column in key %}
            {{ 'and ' if not loop.first }}totals.{{ column }} = squares.{{ column }}
            {%- endfor %}
    where totals.{{ scope }}_value > 0 {{ 'and totals.is_eu_reporter' if scope == 'extra_eu' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

described as (
    select
        *,
        {{ of_bulk_source('nomenclature') }} as nomenclature,
        {{ of_bulk_source('currency') }} as currency,
        {{ of_bulk_source('frequency') }} as frequency,
        unknown_value / import_value as unknown_share,
        {{ value_of_supplier_key('largest[1]') }} / import_value as top_share,
        (
            {{ value_of_supplier_key('largest[1]') }}
            + coalesce({{ value_of_supplier_key('largest[2]') }}, 0)
            + coalesce({{ value_of_supplier_key('largest[3]') }}, 0)
        ) / import_value as top_three_share,
        cast(1023 - largest[1] % 1024 as smallint) as top_supplier_number,
    from cells
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
        bounded.reporter_code,
        bounded.supplier_scope,
        bounded.source_id,
        bounded.nomenclature,
        bounded.product_code,
        bounded.period,
        bounded.frequency,
        cast(null as varchar) as coverage,
        place_codes.place_code as top_supplier_iso3,
        bounded.currency,
        bounded.import_value,
        bounded.value_without_mass,
        bounded.net_mass_kg,
        bounded.extra_eu_net_mass_kg,
        bounded.intra_eu_net_mass_kg,
        exchange_rates.usd_per_eur,
        {{ in_eur('bounded.import_value', 'bounded.currency', 'exchange_rates.usd_per_eur') }}
            as import_value_eur,
        {{ in_eur('bounded.extra_eu_value', 'bounded.currency', 'exchange_rates.usd_per_eur') }}
            as extra_eu_import_value_eur,
        {{ in_eur('bounded.intra_eu_value', 'bounded.currency', 'exchange_rates.usd_per_eur') }}
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
    left join place_codes
        on bounded.top_supplier_number = place_codes.place_number
    left join exchange_rates
        on
            bounded.currency = exchange_rates.currency
            and bounded.period = exchange_rates.period
            and bounded.frequency = exchange_rates.frequency
)

select * from final

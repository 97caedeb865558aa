{#
    CTEs that make cells out of the CTE `imports`: one row per reporter, supplier scope, source,
    nomenclature, product and period with its totals and the concentration of its suppliers, unrounded.
    The last is `concentration`; `sources` (stg_reference__trade_sources) has to be there. One formula
    for the table of products at hand and for the mart of all products.

    Everything follows from sums over whole numbers, in one pass for both sides of the EU border: all
    suppliers are the two together. The sums are exact, or at least the same in any order of the rows.
    With K the sum of amounts v, the sum of squared shares is sum(v * v) / (K * K) and the entropy
    ln K - sum(v ln v) / K: no share is worked out. v ln v is of thousandths, in units of 2^-40.
#}
{% macro concentration() %}
{%- set key = ['source_id', 'nomenclature', 'product_code', 'period', 'reporter_code'] -%}
{%- set sides = {'extra_eu': 'not is_intra_eu_partner', 'intra_eu': 'is_intra_eu_partner'} -%}
{%- set value = 'cast(value_in_currency as decimal(19, 3))' -%}
{%- set mass = 'cast(net_mass_kg as decimal(19, 3))' -%}
{%- set thousandths = '(cast(value_in_currency as double) * 1000)' -%}
{%- set whole = 'hugeint' if target.type == 'duckdb' else 'decimal(38, 0)' -%}
{%- set sums = {
    'value': 'value_in_currency',
    'unknown_value': 'case when is_unknown then value_in_currency end',
    'value_without_mass': 'value_without_mass',
    'mass': 'net_mass_kg',
    'unknown_mass': 'case when is_unknown then net_mass_kg end',
    'squares': 'case when not is_unknown then ' ~ value ~ ' * ' ~ value ~ ' end',
    'mass_squares': 'case when not is_unknown then ' ~ mass ~ ' * ' ~ mass ~ ' end',
    'log_moments': 'case when is_supplier then cast(' ~ thousandths ~ ' * ln(' ~ thousandths
        ~ ') * 1099511627776.0::double as ' ~ whole ~ ') end',
    'supplier_count': 'case when is_supplier then 1 else 0 end',
} -%}
{%- set first = {'coverage': 'max', 'smallest_value': 'min'} -%}
-- The largest key is that of the largest supplier, and of equal ones that of the first by code.
keyed as (
    select
        *,
        partner_kind = 'pseudo_partner' as is_unknown,
        partner_kind <> 'pseudo_partner' and value_in_currency > 0 as is_supplier,
        case
            when partner_kind <> 'pseudo_partner'
                then
                    cast(round(cast(value_in_currency as double) * 1000) as bigint) * 1024
                    + (1023 - partner_number)
        end as supplier_key,
        case when partner_kind <> 'pseudo_partner' then value_in_currency end as smallest_value,
    from imports
),

of_sides as (
    select
        {{ key | join(',\n        ') }},
        any_value(frequency) as frequency,
        max(currency) as currency,
        max(usd_per_eur) as usd_per_eur,
        any_value(is_eu_reporter) as is_eu_reporter,
        {%- for side, condition in sides.items() %}
        {%- for name, expression in sums.items() %}
        sum(case when {{ condition }} then {{ expression }} end) as {{ side }}_{{ name }},
        {%- endfor %}
        {%- for name, aggregate in first.items() %}
        {{ aggregate }}(case when {{ condition }} then {{ name }} end) as {{ side }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
        max(supplier_key, 3) filter (where not is_intra_eu_partner) as extra_eu_largest,
        max(supplier_key, 3) as all_largest,
        arg_max(partner_code, supplier_key) filter (where not is_intra_eu_partner)
            as extra_eu_top_supplier,
        arg_max(partner_code, supplier_key) as all_top_supplier,
    from keyed
    group by {{ key | join(', ') }}
),

-- The three largest as numbers: lists would be copied at each step below.
scopes as (
    {%- for scope in ['extra_eu', 'all'] %}
    select
        {{ key | join(',\n        ') }},
        '{{ scope }}' as supplier_scope,
        frequency,
        currency,
        usd_per_eur,
        is_eu_reporter,
        {%- for name in sums %}
        {{ 'extra_eu_' ~ name if scope == 'extra_eu' else
            'coalesce(extra_eu_' ~ name ~ ' + intra_eu_' ~ name
            ~ ', extra_eu_' ~ name ~ ', intra_eu_' ~ name ~ ')' }} as {{ name }},
        {%- endfor %}
        {%- for name, aggregate in first.items() %}
        {{ 'extra_eu_' ~ name if scope == 'extra_eu' else
            {'max': 'greatest', 'min': 'least'}[aggregate]
            ~ '(extra_eu_' ~ name ~ ', intra_eu_' ~ name ~ ')' }} as {{ name }},
        {%- endfor %}
        {%- for nth in [1, 2, 3] %}
        cast({{ scope }}_largest[{{ nth }}] // 1024 as double) / 1000 as value_of_{{ nth }},
        {%- endfor %}
        {{ scope }}_top_supplier as top_supplier_iso3,
        {%- for side in sides %}
        {{ side }}_value as {{ side }}_side_value,
        {{ side }}_mass as {{ side }}_side_mass,
        {%- endfor %}
    from of_sides
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Which sources can answer "from all suppliers" and which "from outside the EU" differs.
cells as (
    select
        scopes.*,
        cast(scopes.value as double) as import_value,
        cast(coalesce(scopes.unknown_value, 0) as double) as unknown_value_double,
        cast((scopes.value - coalesce(scopes.unknown_value, 0)) * 1000 as double)
            as known_thousandths,
        cast((scopes.mass - coalesce(scopes.unknown_mass, 0)) * 1000 as double)
            as known_mass_thousandths,
        cast(scopes.mass as double) as net_mass_kg,
        sources.partners = 'largest' as lists_largest,
        scopes.coverage is not null as is_partial_partner_list,
        scopes.is_eu_reporter and sources.supplier_scopes <> 'all' as has_border,
    from scopes
    inner join sources
        on scopes.source_id = sources.source_id
    where
        scopes.value > 0
        and sources.supplier_scopes in ('both', scopes.supplier_scope)
        and (scopes.supplier_scope = 'all' or scopes.is_eu_reporter)
),

measured as (
    select
        *,
        {{ squared_shares_of_moments('squares', 'known_thousandths') }} as hhi_known,
        {{ squared_shares_of_moments('mass_squares', 'known_mass_thousandths') }} as hhi_mass_known,
        -- With unknown suppliers only, no named one has a part.
        coalesce({{ squared_shares_of_moments('squares', 'cast(value * 1000 as double)') }}, 0)
            as named_squares,
        -- A single supplier has no entropy, whatever rounding leaves.
        case
            when supplier_count > 1
                then
                    greatest(
                        0,
                        ln(known_thousandths)
                        - cast(log_moments as double) / 1099511627776.0::double
                        / nullif(known_thousandths, 0)
                    )
            when supplier_count = 1 then 0
        end as shannon_known,
        unknown_value_double / import_value as unknown_share,
        value_of_1 / import_value as top_share,
        (value_of_1 + coalesce(value_of_2, 0) + coalesce(value_of_3, 0)) / import_value
            as top_three_share,
        cast(smallest_value as double) / import_value as smallest_named_share,
    from cells
),

-- What the unknown part can do to the HHI. A confidential remainder may all belong to the top
-- supplier. Where the source names its largest suppliers, nobody in the rest is larger than the
-- last of them.
bounded as (
    select
        *,
        case when not is_partial_partner_list or lists_largest then named_squares end as hhi_low,
        case
            when not is_partial_partner_list
                then
                    named_squares
                    + unknown_share * (2 * coalesce(top_share, 0) + unknown_share)
            when lists_largest
                then
                    named_squares
                    + floor(unknown_share / smallest_named_share) * power(smallest_named_share, 2)
                    + power(
                        unknown_share
                        - floor(unknown_share / smallest_named_share) * smallest_named_share,
                        2
                    )
        end as hhi_high,
        case
            when is_partial_partner_list then null
            when supplier_count = 1 then 1
            -- None is named where every partner is unknown.
            when supplier_count > 1
                then (hhi_known - 1.0 / supplier_count) / (1 - 1.0 / supplier_count)
        end as hhi_normalised,
    from measured
),

concentration as (
    select
        {{ key | join(',\n        ') }},
        supplier_scope,
        frequency,
        currency,
        coverage,
        top_supplier_iso3,
        usd_per_eur,
        import_value,
        cast(value_without_mass as double) as value_without_mass,
        net_mass_kg,
        known_thousandths / 1000 as known_value,
        known_mass_thousandths / 1000 as known_net_mass_kg,
        unknown_share,
        -- On a list that ends after the largest an HHI of the named ones misleads.
        case when not lists_largest then hhi_known end as hhi,
        hhi_known,
        hhi_mass_known,
        hhi_low,
        hhi_high,
        hhi_normalised,
        case when not is_partial_partner_list then shannon_known end as shannon,
        case when not is_partial_partner_list then supplier_count end as supplier_count,
        top_share,
        top_three_share,
        is_partial_partner_list,
        is_eu_reporter,
        {{ in_eur('import_value', 'currency', 'usd_per_eur') }} as import_value_eur,
        {%- for side in sides %}
        case
            when has_border
                then {{ in_eur(side ~ '_side_value', 'currency', 'usd_per_eur') }}
        end as {{ side }}_import_value_eur,
        case when has_border then cast({{ side }}_side_mass as double) end
            as {{ side }}_net_mass_kg,
        {%- endfor %}
    from bounded
)
{% endmacro %}

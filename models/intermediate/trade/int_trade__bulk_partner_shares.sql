{%- set key = ['source_id', 'nomenclature', 'product_code', 'period', 'reporter_code'] -%}

with

bulk_imports as (
    select * from {{ ref('int_trade__bulk_imports') }}
    where
        reporter_code in (
            {%- for code in var('partner_detail_reporters') %}
            '{{ code }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
),

-- Known suppliers first, then by value; the code breaks ties. The rank among suppliers outside the
-- EU27 is the number of those up to the row.
ranked as (
    select
        *,
        sum(value_in_currency) over of_cell as all_value,
        sum(value_in_currency) filter (where not is_intra_eu_partner) over of_cell
            as extra_eu_value,
        sum(net_mass_kg) over of_cell as all_mass,
        sum(net_mass_kg) filter (where not is_intra_eu_partner) over of_cell as extra_eu_mass,
        row_number() over by_size as all_rank,
        count(*) filter (where not is_intra_eu_partner) over by_size as extra_eu_rank,
    from bulk_imports
    window
        of_cell as (partition by {{ key | join(', ') }}),
        by_size as (
            partition by {{ key | join(', ') }}
            order by
                partner_kind = 'pseudo_partner',
                value_in_currency desc,
                partner_code
            rows between unbounded preceding and current row
        )
),

final as (
    {%- for scope in ['extra_eu', 'all'] %}
    select
        reporter_code,
        '{{ scope }}' as supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        partner_code,
        partner_kind,
        frequency,
        currency,
        {{ scope }}_rank as supplier_rank,
        usd_per_eur,
        cast(value_in_currency as double) as value_in_currency,
        cast(net_mass_kg as double) as net_mass_kg,
        cast(value_in_currency as double) / cast({{ scope }}_value as double) as value_share,
        cast(net_mass_kg as double) / nullif(cast({{ scope }}_mass as double), 0) as mass_share,
    from ranked
    where
        {{ scope }}_value > 0
        {{ 'and is_eu_reporter and not is_intra_eu_partner' if scope == 'extra_eu' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final

with

pairs as (
    select * from {{ ref('int_change__pairs') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

-- Both periods must have figures; a pair across a break is shown without a change. Members are
-- followed over 24 months only: with the year before as well it would be 269,000 rows, not 159,000.
two_sided as (
    select
        pair_number,
        unnest(['before', 'after']) as side,
        unnest([cell_number_before, cell_number_after]) as cell_number,
    from pairs
    where
        import_value_before is not null
        and import_value_after is not null
        and (reporter_code = 'EU27' or lag_years = 2)
),

final as (
    select
        two_sided.pair_number,
        supplier_shares.partner_code,
        max(supplier_shares.partner_kind) as partner_kind,
        {%- for side in ['before', 'after'] %}
        {%- set on_side = "filter (where two_sided.side = '" ~ side ~ "')" %}
        coalesce(max(supplier_shares.value_in_currency) {{ on_side }}, 0) as value_{{ side }},
        max(supplier_shares.net_mass_kg) {{ on_side }} as mass_{{ side }},
        max(supplier_shares.value_without_mass) {{ on_side }} as value_without_mass_{{ side }},
        coalesce(max(supplier_shares.value_share) {{ on_side }}, 0) as value_share_{{ side }},
        coalesce(max(supplier_shares.value_share_of_known) {{ on_side }}, 0)
            as known_share_{{ side }},
        max(supplier_shares.mass_share_of_known) {{ on_side }} as mass_share_{{ side }},
        max(supplier_shares.value_in_currency) {{ on_side }} is not null as is_listed_{{ side }},
        {%- endfor %}
    from two_sided
    inner join supplier_shares
        on two_sided.cell_number = supplier_shares.cell_number
    group by two_sided.pair_number, supplier_shares.partner_code
)

select * from final

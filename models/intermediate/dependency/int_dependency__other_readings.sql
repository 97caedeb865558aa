with

cells as (select * from {{ ref('int_dependency__cells') }}),
conditions as (select * from {{ ref('dependency_conditions') }}),

bounds as (
    select * from {{ ref('int_trade__source_bounds') }}
    where agreement = 'sources_disagree'
),

named_partners as (
    select distinct partner_iso3
    from conditions
    where partner_iso3 is not null
),

-- By scope: what the other source has of all, and of each named partner.
readings as (
    select
        cells.product_period_number,
        cells.reporter_code,
        bounds.supplier_scope = 'extra_eu' as is_extra_eu,
        bounds.supplier_scope = if(cells.reporter_code = 'EU27', 'extra_eu', 'all') as is_own,
        named_partners.partner_iso3,
        any_value(cells.extra_eu_border_eur) as extra_eu_eur,
        any_value(cells.intra_eu_border_eur) as intra_eu_eur,
        any_value(cells.exports_eur) as exports_eur,
        any_value(cells.extra_eu_exports_eur) as extra_eu_exports_eur,
        any_value(bounds.other_hhi_low) as hhi_low,
        any_value(bounds.other_hhi_high) as hhi_high,
        any_value(bounds.other_top_share_low) as top_low,
        any_value(bounds.other_top_share_high) as top_high,
        any_value(bounds.other_reading_eur) as total_eur,
        coalesce(
            max(bounds.other_share_low) filter (bounds.partner_code = named_partners.partner_iso3),
            0
        ) as share_low,
        -- A partner that neither names has at most what is left.
        coalesce(
            max(bounds.other_share_high)
                filter (bounds.partner_code = named_partners.partner_iso3),
            any_value(bounds.other_top_share_high - bounds.other_top_share_low)
        ) as share_high,
    from cells
    inner join bounds
        using (reporter_code, source_id, nomenclature, product_code, period)
    cross join named_partners
    group by all
),

{%- set of_members = 'total_eur / nullif(total_eur + intra_eu_eur, 0)' %}
unioned as (
    {%- for name, scope, low, high in [
        ("'cdi1'", 'is_extra_eu', 'hhi_low', 'hhi_high'),
        ("'import_hhi'", 'is_own', 'hhi_low', 'hhi_high'),
        ("'top_supplier_share_extra_eu'", 'is_extra_eu', 'top_low', 'top_high'),
        ("'cdi2'", 'is_extra_eu', of_members, of_members),
        ("'cdi3_extra_eu_exports'", 'is_extra_eu',
            'total_eur / nullif(extra_eu_exports_eur, 0)',
            'total_eur / nullif(extra_eu_exports_eur, 0)'),
        ("'cdi3_all_exports'", 'is_extra_eu', 'total_eur / nullif(exports_eur, 0)',
            'total_eur / nullif(exports_eur, 0)'),
        ("'import_export_ratio'", 'is_own',
            "total_eur / nullif(if(reporter_code = 'EU27', extra_eu_exports_eur, exports_eur), 0)",
            "total_eur / nullif(if(reporter_code = 'EU27', extra_eu_exports_eur, exports_eur), 0)"),
        ("lower(partner_iso3) || '_share_extra_eu'", 'is_extra_eu', 'share_low', 'share_high'),
        ("lower(partner_iso3) || '_share_of_imports'", 'is_own', 'share_low', 'share_high'),
        ("lower(partner_iso3) || '_share_extra_and_intra_eu'", 'is_extra_eu',
            'share_low * ' ~ of_members, 'share_high * ' ~ of_members),
    ] %}
    select
        product_period_number,
        reporter_code,
        {{ name }} as indicator_id,
        {{ low }} as other_low,
        {{ high }} as other_high,
    from readings
    where {{ scope }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

final as (
    select *
    from unioned
    where other_low is not null
)

select * from final

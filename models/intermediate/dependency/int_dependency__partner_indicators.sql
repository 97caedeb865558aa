with

cells as (select * from {{ ref('int_dependency__cells') }}),
supplier_shares as (select * from {{ ref('int_trade__supplier_shares') }}),
conditions as (select * from {{ ref('dependency_conditions') }}),

-- Shares of the partners that definitions name.
named_partners as (
    select distinct partner_iso3
    from conditions
    where partner_iso3 is not null
),

named_shares as (
    select supplier_shares.*
    from supplier_shares
    semi join named_partners
        on supplier_shares.partner_code = named_partners.partner_iso3
),

partner_figures as (
    select
        cells.*,
        named_partners.partner_iso3,
        coalesce(extra.value_share, 0) as partner_extra_eu_share,
        coalesce(own.value_share, 0) as partner_own_share,
        {{ in_eur(
            'coalesce(extra.value_in_currency, own.value_in_currency, 0)',
            'cells.currency',
            'cells.usd_per_eur'
        ) }} as partner_import_value_eur,
    from cells
    cross join named_partners
    left join named_shares as extra
        on
            cells.extra_eu_cell_number = extra.cell_number
            and named_partners.partner_iso3 = extra.partner_code
    left join named_shares as own
        on
            cells.own_cell_number = own.cell_number
            and named_partners.partner_iso3 = own.partner_code
    where cells.reporter_code <> named_partners.partner_iso3
),

final as (
    {{ dependency_indicator(
        "lower(partner_iso3) || '_share_extra_eu'",
        'case when extra_eu_total_eur > 0 then partner_extra_eu_share end',
        'partner_figures',
        high=share_or_more('partner_extra_eu_share', 'extra_eu_unknown_share'),
        is_expression=true
    ) }}
    union all
    {{ dependency_indicator(
        "lower(partner_iso3) || '_share_of_imports'",
        'case when own_import_value_eur > 0 then partner_own_share end',
        'partner_figures',
        high=share_or_more('partner_own_share', 'own_unknown_share'),
        is_expression=true
    ) }}
    union all
    {{ dependency_indicator(
        "lower(partner_iso3) || '_share_extra_and_intra_eu'",
        'partner_import_value_eur / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)',
        'partner_figures',
        high=share_or_more(
            'partner_import_value_eur / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)',
            'coalesce(extra_eu_unknown_share * extra_eu_total_eur, 0)'
            ~ ' / nullif(extra_eu_border_eur + intra_eu_border_eur, 0)'
        ),
        is_expression=true
    ) }}
)

select * from final

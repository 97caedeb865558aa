with

annual as (select * from {{ ref('int_law__import_weights') }}),
sources as (select * from {{ ref('stg_reference__trade_sources') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- Whole subheadings, from sources that name all suppliers; of the EU27 those outside it.
final as (
    select
        dense_rank() over (
            order by
                annual.reporter_code, annual.product_code, annual.period, annual.source_id,
                annual.nomenclature
        ) as total_number,
        annual.* exclude (
            annual.coverage, annual.value_eur, annual.net_mass_kg, annual.earlier_nomenclature
        ),
        {{ hs_edition('annual.nomenclature') }} as hs_nomenclature,
        left(annual.product_code, 6) as hs6_code,
        cast(annual.value_eur as decimal(18, 6)) as value_eur,
        annual.coverage is not null as is_partial,
    from annual
    inner join sources
        on annual.source_id = sources.source_id and sources.has_all_suppliers
    left join members
        on annual.partner_code = members.member_iso3
    where
        (length(annual.product_code) = 6 or right(annual.product_code, 2) = '00')
        and annual.value_eur > 0
        and (
            annual.reporter_code <> 'EU27'
            or (members.member_iso3 is null and not starts_with(annual.partner_code, 'EU27'))
        )
)

select * from final

with

mirror_source_pairs as (select * from {{ ref('mirror_source_pairs') }}),

-- Trade between members is no import of the EU27.
reported as (
    select *
    from {{ ref('int_trade__imports_and_exports') }}
    where
        (flow = 'import' and not (reporter_code = 'EU27' and is_intra_eu_partner))
        or (
            flow = 'export'
            and reporter_code <> partner_code
            and partner_kind not in ('aggregate', 'intra_eu')
        )
),

-- A reconciled figure stands with its importer.
sides as (
    select
        pair_id,
        'importer' as side,
        importer_source_id as source_id,
        'import' as flow,
        frequency,
        0 as lag_months,
    from mirror_source_pairs
    union all
    select
        pair_id,
        'exporter' as side,
        exporter_source_id as source_id,
        case pair_kind when 'true_mirror' then 'export' else 'import' end as flow,
        frequency,
        lag_months,
    from mirror_source_pairs
),

-- Reconciled figures are wanted only of reporters with figures of their own.
reporters as (
    select distinct
        sides.pair_id,
        reported.reporter_code,
    from sides
    inner join reported
        using (source_id, flow)
    where sides.side = 'importer'
),

-- A year of which a source lacks a month is no year.
whole_years as (
    select
        source_id,
        flow,
        reporter_code,
        left(period, 4) as calendar_year,
    from reported
    where frequency = 'monthly'
    group by source_id, flow, reporter_code, left(period, 4)
    having count(distinct period) = 12
),

in_periods as (
    select
        sides.pair_id,
        sides.side,
        sides.flow,
        reported.reporter_code,
        reported.partner_code,
        reported.partner_kind,
        reported.nomenclature,
        -- The first six digits of a CN code are its HS code; any other nomenclature stands alone.
        case
            when regexp_matches(reported.nomenclature, '^(HS|CN)[0-9]{4}$') then 'HS'
            else reported.nomenclature
        end as product_family,
        reported.product_code,
        reported.coverage,
        reported.net_mass_kg,
        case
            when sides.frequency = reported.frequency and sides.lag_months > 0
                then
                    strftime(
                        cast(reported.period || '-01' as date) + to_months(sides.lag_months),
                        '%Y-%m'
                    )
            when sides.frequency = reported.frequency then reported.period
            else left(reported.period, 4)
        end as period,
        cast(
            {{ in_eur(
                'reported.value_in_currency', 'reported.currency', 'reported.usd_per_eur'
            ) }} as decimal(28, 6)
        ) as value_eur,
    from sides
    inner join reported
        using (source_id, flow)
    left join reporters
        using (pair_id, reporter_code)
    left join whole_years
        on
            reported.source_id = whole_years.source_id
            and reported.flow = whole_years.flow
            and reported.reporter_code = whole_years.reporter_code
            and left(reported.period, 4) = whole_years.calendar_year
    where
        (
            sides.frequency = reported.frequency
            or (sides.frequency = 'annual' and whole_years.calendar_year is not null)
        )
        and (sides.flow = 'export' or reporters.reporter_code is not null)
),

final as (
    select
        pair_id,
        side,
        flow,
        reporter_code,
        partner_code,
        partner_kind,
        nomenclature,
        product_family,
        case product_family when 'HS' then left(product_code, 6) else product_code end
            as product_code,
        product_code as detailed_code,
        period,
        any_value(coverage) as coverage,
        sum(value_eur) as value_eur,
        sum(net_mass_kg) as net_mass_kg,
        count(*) filter (where net_mass_kg is null) as rows_without_mass,
    from in_periods
    -- Headings of four digits hold more than one HS6 code.
    where product_family <> 'HS' or length(product_code) >= 6
    group by all
)

select * from final

{{ config(
    materialized=by_period(),
    meta={'beside_batches': ['int_trade__chip_flows', 'int_trade__comtrade_flows']},
) }}

with

flows as (select * from {{ ref('int_trade__flows_as_reported') }}),
places as (select * from {{ ref('int_trade__places') }}),
exchange_rates as (select * from {{ ref('int_trade__exchange_rates') }}),

imports as (
    select
        flows.* exclude (
            flows.vintage, flows.reporter_source_code, flows.partner_source_code, flows.flow,
            flows.line_number
        ),
        coalesce(reporters.place_code, flows.reporter_source_code) as reporter_code,
        coalesce(partners.place_code, flows.partner_source_code) as partner_code,
    from flows
    left join places as reporters
        on
            flows.source_id = reporters.source_id
            and flows.reporter_source_code = reporters.source_code
    left join places as partners
        on
            flows.source_id = partners.source_id
            and flows.partner_source_code = partners.source_code
    where
        flows.flow = 'import'
        and ({{ beside_batches('flows.source_id') }} or {{ in_batch('flows') }})
),

-- What is known of places is joined to the sums: carried through them, it costs as much as they do.
by_country as (
    select
        source_id,
        nomenclature,
        product_code,
        period,
        frequency,
        reporter_code,
        partner_code,
        coverage,
        currency,
        -- Exact sums; one that does not fit is an error, never a wrong figure.
        cast(sum(value_in_currency) as decimal(18, 3)) as value_in_currency,
        cast(
            sum(case when net_mass_kg is null then value_in_currency else 0 end)
            as decimal(18, 3)
        ) as value_without_mass,
        cast(sum(net_mass_kg) as decimal(18, 3)) as net_mass_kg,
    from imports
    where reporter_code <> partner_code
    group by all
),

-- Several codes of a source may mean one place.
places_of_sources as (
    select
        source_id,
        place_code,
        max(place_kind) as place_kind,
        max(place_number) as place_number,
        bool_or(is_member) as is_member,
        bool_or(is_member_of_sum) as is_member_of_sum,
    from places
    group by source_id, place_code
),

-- The EU27 as one reporter, of sources that have every member and every partner.
by_eu27 as (
    select
        by_country.source_id,
        by_country.nomenclature,
        by_country.product_code,
        by_country.period,
        by_country.frequency,
        'EU27' as reporter_code,
        by_country.partner_code,
        by_country.coverage,
        by_country.currency,
        cast(sum(by_country.value_in_currency) as decimal(18, 3)) as value_in_currency,
        cast(sum(by_country.value_without_mass) as decimal(18, 3)) as value_without_mass,
        cast(sum(by_country.net_mass_kg) as decimal(18, 3)) as net_mass_kg,
    from by_country
    semi join places_of_sources
        on
            by_country.source_id = places_of_sources.source_id
            and by_country.reporter_code = places_of_sources.place_code
            and places_of_sources.is_member_of_sum
    group by all
),

unioned as (
    select * from by_country
    union all
    select * from by_eu27
),

final as (
    select
        unioned.*,
        coalesce(partners.place_kind, 'country') as partner_kind,
        -- Last of equals where no place has the code.
        coalesce(partners.place_number, cast(1023 as smallint)) as partner_number,
        exchange_rates.usd_per_eur,
        coalesce(reporters.is_member, false) or unioned.reporter_code = 'EU27' as is_eu_reporter,
        coalesce(partners.is_member, false) or coalesce(partners.place_kind, '') = 'intra_eu'
            as is_intra_eu_partner,
    from unioned
    left join places_of_sources as reporters
        on
            unioned.source_id = reporters.source_id
            and unioned.reporter_code = reporters.place_code
    left join places_of_sources as partners
        on
            unioned.source_id = partners.source_id
            and unioned.partner_code = partners.place_code
    left join exchange_rates
        using (currency, period, frequency)
)

select * from final

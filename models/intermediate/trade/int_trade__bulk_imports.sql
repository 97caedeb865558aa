with

all_flows as (
    select * from {{ ref('int_trade__all_flows') }}
),

flows_of_members as (
    select * from {{ ref('int_trade__all_flows') }}
),

places as (
    select * from {{ ref('int_trade__places') }}
),

exchange_rates as (
    select * from {{ ref('int_trade__exchange_rates') }}
),

place_traits as (
    select distinct
        source_id,
        place_code,
        place_number,
        place_kind,
        is_member,
    from places
),

by_reporter as (
    select
        source_id,
        product_code,
        period,
        reporter_code,
        partner_code,
        {{ bulk_sums() }}
    from all_flows
    where
        {{ in_batch('all_flows') }}
        and flow = 'import'
        and reporter_code <> partner_code
    group by source_id, product_code, period, reporter_code, partner_code
),

members as (
    select
        source_id,
        place_code,
    from place_traits
    where is_member
),

-- Not summed from the rows above: those who ask for the EU27 alone need not wait for them.
by_eu27 as (
    select
        flows_of_members.source_id,
        flows_of_members.product_code,
        flows_of_members.period,
        'EU27' as reporter_code,
        flows_of_members.partner_code,
        {{ bulk_sums() }}
    from flows_of_members
    semi join members
        on
            flows_of_members.source_id = members.source_id
            and flows_of_members.reporter_code = members.place_code
    where
        {{ in_batch('flows_of_members') }}
        and {{ has_every_member('flows_of_members.source_id') }}
        and flows_of_members.flow = 'import'
        and flows_of_members.reporter_code <> flows_of_members.partner_code
    group by
        flows_of_members.source_id,
        flows_of_members.product_code,
        flows_of_members.period,
        flows_of_members.partner_code
),

unioned as (
    select * from by_reporter
    union all
    select * from by_eu27
),

described as (
    select
        *,
        {{ of_bulk_source('nomenclature') }} as nomenclature,
        {{ of_bulk_source('currency') }} as currency,
        {{ of_bulk_source('frequency') }} as frequency,
    from unioned
),

final as (
    select
        described.source_id,
        described.nomenclature,
        described.product_code,
        described.period,
        described.frequency,
        described.reporter_code,
        described.partner_code,
        partners.place_kind as partner_kind,
        described.currency,
        partners.place_number as partner_number,
        described.value_in_currency,
        described.value_without_mass,
        described.net_mass_kg,
        exchange_rates.usd_per_eur,
        described.reporter_code = 'EU27' or coalesce(reporters.is_member, false) as is_eu_reporter,
        partners.is_member or partners.place_kind = 'intra_eu' as is_intra_eu_partner,
    from described
    inner join place_traits as partners
        on
            described.source_id = partners.source_id
            and described.partner_code = partners.place_code
    left join place_traits as reporters
        on
            described.source_id = reporters.source_id
            and described.reporter_code = reporters.place_code
    left join exchange_rates
        on
            described.currency = exchange_rates.currency
            and described.period = exchange_rates.period
            and described.frequency = exchange_rates.frequency
)

select * from final

{{ config(materialized=by_period()) }}

with

all_flows as (
    select * from {{ ref('int_trade__all_flows') }}
),

places as (
    select * from {{ ref('int_trade__places') }}
),

members as (
    select distinct
        source_id,
        place_number,
    from places
    where is_member
),

-- Landing keeps out codes that no place has.
by_country as (
    select
        source_id,
        period,
        product_code,
        reporter_number,
        partner_number,
        {{ bulk_sums() }}
    from all_flows
    where
        {{ in_batch('all_flows') }}
        and flow = 'import'
        and reporter_number <> partner_number
    group by source_id, period, product_code, reporter_number, partner_number
),

-- The EU27 as one reporter has the number 0.
by_eu27 as (
    select
        by_country.source_id,
        by_country.period,
        by_country.product_code,
        cast(0 as smallint) as reporter_number,
        by_country.partner_number,
        cast(sum(by_country.value_in_currency) as decimal(18, 3)) as value_in_currency,
        cast(sum(by_country.value_without_mass) as decimal(18, 3)) as value_without_mass,
        cast(sum(by_country.net_mass_kg) as decimal(18, 3)) as net_mass_kg,
    from by_country
    semi join members
        on
            by_country.source_id = members.source_id
            and by_country.reporter_number = members.place_number
    where {{ has_every_member('by_country.source_id') }}
    group by
        by_country.source_id,
        by_country.period,
        by_country.product_code,
        by_country.partner_number
),

final as (
    select * from by_country
    union all
    select * from by_eu27
)

select * from final

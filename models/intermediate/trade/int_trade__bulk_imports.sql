{{ config(materialized=by_period()) }}

with

stated_flows as (
    select * from {{ ref('int_trade__stated_flows') }}
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
imports as (
    select
        stated_flows.source_id,
        stated_flows.period,
        stated_flows.product_code,
        reporters.place_number as reporter_number,
        partners.place_number as partner_number,
        stated_flows.value_in_currency,
        stated_flows.net_mass_kg,
    from stated_flows
    inner join places as reporters
        on
            stated_flows.source_id = reporters.source_id
            and stated_flows.reporter_source_code = reporters.source_code
    inner join places as partners
        on
            stated_flows.source_id = partners.source_id
            and stated_flows.partner_source_code = partners.source_code
    where
        {{ in_batch('stated_flows') }}
        and stated_flows.flow = 'import'
        and reporters.place_number <> partners.place_number
),

by_country as (
    select
        source_id,
        period,
        product_code,
        reporter_number,
        partner_number,
        -- Exact sums; one that does not fit is an error, never a wrong figure.
        cast(sum(value_in_currency) as decimal(18, 3)) as value_in_currency,
        cast(
            sum(case when net_mass_kg is null then value_in_currency else 0 end)
            as decimal(18, 3)
        ) as value_without_mass,
        cast(sum(net_mass_kg) as decimal(18, 3)) as net_mass_kg,
    from imports
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

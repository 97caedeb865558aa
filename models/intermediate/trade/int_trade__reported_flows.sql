with

comtrade_flows as (
    select * from {{ ref('int_trade__comtrade_flows') }}
),

sdmx_observations as (
    select * from {{ ref('stg_comext__sdmx_monthly') }}
),

ots_flows as (
    select * from {{ ref('stg_hmrc__ots_monthly') }}
),

census_imports as (
    select * from {{ ref('stg_census__monthly_imports') }}
),

gacc_flows as (
    select * from {{ ref('stg_gacc__flows') }}
),

from_comtrade as (
    select
        source_id,
        vintage,
        frequency,
        period,
        reporter_code as reporter_source_code,
        partner_code as partner_source_code,
        flow,
        nomenclature,
        hs6_code as product_code,
        'USD' as currency,
        value_usd as value_in_currency,
        net_mass_kg,
        line_number,
    from comtrade_flows
    where not is_world
),

-- One row per indicator becomes one row per flow; the API gives mass in units of 100 kg.
from_sdmx as (
    select
        'comext_sdmx_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        reporter_code as reporter_source_code,
        partner_code as partner_source_code,
        flow,
        nomenclature,
        cn8_code as product_code,
        'EUR' as currency,
        sum(amount) filter (indicator = 'VALUE_IN_EUROS') as value_in_currency,
        100 * sum(amount) filter (indicator = 'QUANTITY_IN_100KG') as net_mass_kg,
        min(line_number) as line_number,
    from sdmx_observations
    group by vintage, period, reporter_code, partner_code, flow, nomenclature, cn8_code
    having count(*) filter (indicator = 'VALUE_IN_EUROS') > 0
),

-- The ports and suppressed parts of a product are summed. A mass that one of them lacks is
-- unknown.
from_ots as (
    select
        'hmrc_ots_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        'GBR' as reporter_source_code,
        partner_code as partner_source_code,
        flow,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        left(cn8_code, 6) as product_code,
        'GBP' as currency,
        sum(value_gbp) as value_in_currency,
        case when bool_and(net_mass_kg is not null) then sum(net_mass_kg) end as net_mass_kg,
        min(line_number) as line_number,
    from ots_flows
    group by vintage, period, partner_code, flow, product_code
),

from_census as (
    select
        'us_census_imports_monthly' as source_id,
        vintage,
        'monthly' as frequency,
        period,
        'USA' as reporter_source_code,
        partner_code as partner_source_code,
        'import' as flow,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        hs6_code as product_code,
        'USD' as currency,
        general_value_usd as value_in_currency,
        cast(null as decimal(24, 3)) as net_mass_kg,
        line_number,
    from census_imports
),

-- Mass is the quantity, or the supplementary one, in kilograms; a part that has none leaves the
-- mass unknown.
gacc_masses as (
    select
        *,
        case when value_usd is not null then 'USD' else 'CNY' end as currency,
        coalesce(value_usd, value_cny) as value_in_currency,
        case
            when unit in ('Kilogram', '千克') then quantity
            when supplementary_unit in ('Kilogram', '千克') then supplementary_quantity
        end as net_mass_kg,
    from gacc_flows
),

-- Customs regimes, provinces and the last two digits are summed.
from_gacc as (
    select
        source_id,
        vintage,
        'monthly' as frequency,
        period,
        'CHN' as reporter_source_code,
        partner_code as partner_source_code,
        flow,
        {{ hs_edition('left(period, 4)') }} as nomenclature,
        left(commodity_code, 6) as product_code,
        currency,
        sum(value_in_currency) as value_in_currency,
        case when bool_and(net_mass_kg is not null) then sum(net_mass_kg) end as net_mass_kg,
        min(line_number) as line_number,
    from gacc_masses
    group by source_id, vintage, period, partner_code, flow, product_code, currency
),

unioned as (
    select * from from_comtrade
    union all
    select * from from_sdmx
    union all
    select * from from_ots
    union all
    select * from from_census
    union all
    select * from from_gacc
),

final as (
    select
        source_id,
        vintage,
        frequency,
        period,
        reporter_source_code,
        partner_source_code,
        flow,
        nomenclature,
        product_code,
        currency,
        cast(null as varchar) as coverage,
        cast(value_in_currency as decimal(24, 3)) as value_in_currency,
        cast(net_mass_kg as decimal(24, 3)) as net_mass_kg,
        line_number,
    from unioned
)

select * from final

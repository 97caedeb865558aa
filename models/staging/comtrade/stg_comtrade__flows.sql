with

monthly_flows as (select * from {{ source('landing', 'comtrade_monthly') }}),
annual_flows as (select * from {{ source('landing', 'comtrade_annual') }}),

unioned as (
    select
        'comtrade_monthly' as source_id,
        'monthly' as frequency,
        period,
        * exclude (period),
    from monthly_flows
    union all by name
    select
        'comtrade_annual' as source_id,
        'annual' as frequency,
        cast(year as varchar) as period,
        * exclude (year),
    from annual_flows
),

renamed as (
    select
        source_id,
        frequency,
        case classification
            when 'H0' then 'HS1992'
            when 'H1' then 'HS1996'
            when 'H2' then 'HS2002'
            when 'H3' then 'HS2007'
            when 'H4' then 'HS2012'
            when 'H5' then 'HS2017'
            when 'H6' then 'HS2022'
        end as nomenclature,
        hs6 as hs6_code,
        reporter as reporter_code,
        partner as partner_code,
        second_partner as second_partner_code,
        case flow when 'M' then 'import' else 'export' end as flow,
        customs_procedure,
        transport_mode,
        supply_mode,
        period,
        vintage,
        value_usd,
        net_mass_kg,
        line_number,
    from unioned
)

select * from renamed

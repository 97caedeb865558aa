with

metal_prices as (select * from {{ ref('stg_prices__metal_prices') }}),
usgs_annual as (select * from {{ ref('stg_prices__usgs_annual') }}),
material_terms as (select * from {{ ref('material_terms') }}),

prices as (
    select
        'worldbank_metal_prices' as source_id,
        commodity as name_in_list,
        commodity as series,
        'monthly' as frequency,
        period,
        'US dollars, in the unit that the World Bank uses for the commodity' as unit,
        cast(price_usd as double) as price,
    from metal_prices
    union all by name
    select
        'usgs_annual_prices' as source_id,
        commodity as name_in_list,
        chapter || ', ' || commodity || ': ' || detail as series,
        'annual' as frequency,
        cast(year as varchar) as period,
        unit,
        price_text,
        cast(price_value as double) as price,
    from usgs_annual
),

final as (
    select
        material_terms.material,
        prices.*,
    from prices
    left join material_terms
        on lower(prices.name_in_list) = material_terms.term
)

select * from final
order by source_id, series, period

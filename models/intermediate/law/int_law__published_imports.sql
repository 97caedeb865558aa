with

facts as (select * from {{ ref('stg_reference__macro_facts') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),

published_totals as (
    select
        facts.fact_id,
        facts.reporter as reporter_code,
        facts.period,
        replace(replace(facts.product_codes_text, 'CN ', ''), ' ', '') as product_code,
        facts.value_number as value_eur,
    from facts
    where
        facts.flow = 'import'
        and facts.metric = 'value'
        and facts.unit = 'EUR'
        and facts.partner = 'WORLD'
        and regexp_full_match(facts.product_codes_text, 'CN [0-9]{4} [0-9]{2} [0-9]{2}')
        and regexp_full_match(facts.period, '[0-9]{4}')
),

final as (
    select
        'macro_facts' as source_id,
        'CN' || published_totals.period as nomenclature,
        published_totals.product_code,
        published_totals.period,
        published_totals.reporter_code,
        countries.iso3 as partner_code,
        cast(published_totals.value_eur * shares.value_number / 100 as decimal(28, 6)) as value_eur,
    from published_totals
    inner join facts as shares
        on
            published_totals.reporter_code = shares.reporter
            and published_totals.period = shares.period
            and published_totals.product_code
            = replace(replace(shares.product_codes_text, 'CN ', ''), ' ', '')
    inner join countries
        on shares.partner = countries.iso2
    where shares.flow = 'import' and shares.metric = 'share of value'
)

select * from final

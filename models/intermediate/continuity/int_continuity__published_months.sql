with

macro_facts as (
    select * from {{ ref('stg_reference__macro_facts') }}
),

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

-- 'Europe' is no partner that other rows have.
final as (
    select
        macro_facts.fact_id,
        'macro_facts' as source_id,
        macro_facts.flow,
        reporters.iso3 as reporter_code,
        coalesce(partners.iso3, macro_facts.partner) as partner_code,
        'HS2022' as nomenclature,
        replace(
            regexp_extract(macro_facts.product_codes_text, '^HS ([0-9]{4} [0-9]{2})', 1), ' ', ''
        ) as product_code,
        macro_facts.period,
        cast(macro_facts.value_number * 1000 as decimal(24, 3)) as net_mass_kg,
    from macro_facts
    inner join countries as reporters
        on macro_facts.reporter = reporters.iso2
    left join countries as partners
        on macro_facts.partner = partners.iso2
    where
        macro_facts.flow = 'export'
        and macro_facts.metric = 'quantity'
        and macro_facts.unit = 't'
        and regexp_full_match(macro_facts.period, '[0-9]{4}-[0-9]{2}')
        and regexp_matches(macro_facts.product_codes_text, '^HS [0-9]{4} [0-9]{2}')
        and (partners.iso3 is not null or macro_facts.partner in ('EU27', 'WORLD'))
)

select * from final

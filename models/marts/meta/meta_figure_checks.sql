{{ config(alias='figure_checks') }}

with

facts as (select * from {{ ref('stg_reference__macro_facts') }}),
checks as (select * from {{ ref('figure_checks') }}),
sums as (select * from {{ ref('int_trade__figure_check_sums') }}),

paired as (
    select
        checks.* exclude (
            checks.fact_id, checks.product_codes, checks.partner_codes, checks.period,
            checks.rounding_step
        ),
        facts.fact_id,
        checks.product_codes as product_codes_text,
        checks.partner_codes as partner_codes_text,
        coalesce(checks.period, facts.period) as period,
        facts.flow,
        facts.product,
        concat_ws(', ', facts.reporter, facts.flow, facts.product, facts.partner, facts.metric)
            as fact_text,
        facts.unit,
        facts.source_title as fact_source_title,
        facts.source_url as fact_source_url,
        facts.confidence as fact_confidence,
        cast(facts.value_number as double) as published_value,
        cast(checks.rounding_step as double) as rounding_step,
        case
            when not sums.is_complete then null
            when checks.metric = 'value' and facts.unit in ('EUR', 'EUR million')
                then
                    {{ in_eur('sums.value_in_currency', 'sums.currency', 'sums.usd_per_eur') }}
                    / case facts.unit when 'EUR million' then 1e6 else 1 end
            when checks.metric = 'mass' and facts.unit in ('t', 'kg')
                then
                    cast(sums.net_mass_kg as double)
                    / case facts.unit when 't' then 1000 else 1 end
            when checks.metric = 'value_share' and facts.unit = '%'
                then
                    100 * cast(sums.value_in_currency as double)
                    / nullif(cast(sums.total_value_in_currency as double), 0)
            when checks.metric = 'mass_share' and facts.unit = '%'
                then
                    100 * cast(sums.net_mass_kg as double)
                    / nullif(cast(sums.total_net_mass_kg as double), 0)
        end as our_value,
    from facts
    left join checks
        on facts.fact_id = checks.fact_id
    left join sums
        on checks.check_id = sums.check_id
),

compared as (
    select
        *,
        our_value - published_value as difference,
        abs(our_value - published_value) <= rounding_step / 2 as is_within_rounding,
    from paired
),

final as (
    select
        * exclude (reason_kind, reason, our_value, difference),
        -- A reason that was expected and is not needed would explain what is not there.
        case
            when source_id is not null and our_value is null then 'no_trade'
            when not coalesce(is_within_rounding, false) then reason_kind
        end as reason_kind,
        case
            when source_id is not null and our_value is null
                then 'The file holds no such trade, or not of every code and partner'
            when not coalesce(is_within_rounding, false) then reason
        end as reason,
        {{ significant('our_value') }} as our_value,
        {{ significant('difference') }} as difference,
        {{ significant('difference / nullif(published_value, 0)') }} as relative_difference,
    from compared
)

select * from final
order by fact_id, check_id

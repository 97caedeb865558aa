with

estimates as (select * from {{ ref('stg_governance__estimates') }}),
partner_codes as (select * from {{ ref('partner_codes') }}),

in_iso_codes as (
    select
        coalesce(partner_codes.iso3, estimates.country_code) as country_iso3,
        estimates.indicator,
        estimates.year,
        estimates.estimate,
    from estimates
    left join partner_codes
        on
            estimates.country_code = partner_codes.partner_code
            and partner_codes.source_id = 'wgi_estimates'
),

-- Fewer than six indicators give no mean: a mean of five is another figure.
final as (
    select
        country_iso3,
        year,
        case
            when count(*) = 6
                then (2.5 - cast(sum(cast(estimate as decimal(22, 18))) as double) / 6) * 2
        end as governance_score,
        {{ clamped_share("(2.5 - max(estimate) filter (where indicator = 'pv')) / 5") }}
            as instability_score,
    from in_iso_codes
    group by country_iso3, year
)

select * from final

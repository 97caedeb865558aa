-- One row per product, series of sources, year and partner: the five largest partners of the latest
-- year of the series, the others together as `other`. Rounded: a sum of doubles by several threads
-- differs in its last digit from run to run.
with

shares as (
    select *
    from temp.eu_partner_shares
    where partner_iso3 is not null
    qualify
        dense_rank() over (partition by product_code, series_id, period order by source_rank) = 1
),

largest as (
    select
        product_code,
        series_id,
        partner_iso3,
        supplier_rank,
    from shares
    qualify
        supplier_rank <= 5 and period = max(period) over (partition by product_code, series_id)
)

select
    shares.product_code,
    shares.series_id,
    shares.period,
    if(largest.supplier_rank is null, 'other', shares.partner_iso3) as partner_iso3,
    coalesce(largest.supplier_rank, 6) as partner_rank,
    round(sum(shares.import_value_eur), 2) as import_value_eur,
    round(sum(shares.net_mass_kg), 3) as net_mass_kg,
    round(sum(shares.value_share), 12) as value_share,
    round(sum(shares.mass_share), 12) as mass_share,
from shares
left join largest using (product_code, series_id, partner_iso3)
group by all
order by shares.product_code, shares.series_id, shares.period, partner_rank;

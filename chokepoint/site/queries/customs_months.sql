-- One row per product and month known on the day: what one importer's customs has from China. The
-- importer is the EU27 if it has months, else the one with the newest and the most. A month in
-- which the source lists all suppliers of a product, but not China, is zero.
with

from_china as (
    select *
    from marts.fct_partner_shares
    where
        frequency = 'monthly'
        and supplier_scope in ('all', 'extra_eu')
        and partner_iso3 = 'CHN'
),

importers as (
    select
        product_code,
        reporter_code,
        source_id,
    from from_china
    group by product_code, reporter_code, source_id
    qualify
        row_number() over (
            partition by product_code
            order by
                reporter_code = 'EU27' desc, max(period) desc, sum(net_mass_kg) desc, source_id
        ) = 1
)

select
    totals.product_code,
    totals.reporter_code,
    totals.source_id,
    totals.period,
    if(from_china.period is null, 0, from_china.net_mass_kg) as net_mass_kg,
    cast(totals.period || '-01' as date) as span_start,
    cast(span_start + interval 1 month as date) as span_stop,
from marts.fct_import_concentration as totals
inner join importers using (product_code, reporter_code, source_id)
inner join marts.dim_trade_source as sources using (source_id)
left join from_china using (product_code, reporter_code, source_id, supplier_scope, period)
where
    totals.frequency = 'monthly'
    and totals.supplier_scope in ('all', 'extra_eu')
    and (
        from_china.net_mass_kg is not null
        or from_china.period is null and sources.has_all_suppliers
    )
    and (
        select max(months.known_from)
        from marts.fct_flow_continuity as months
        where months.source_id = totals.source_id and months.period = totals.period
    ) <= getvariable('as_of')
order by totals.product_code, totals.period;

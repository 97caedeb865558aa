-- One row per product and importer (the EU27, its members, the other importers that are followed)
-- with imports in the latest complete year that any of them has: of members and the EU27 from
-- outside the EU, of others from all countries; from the source to go by.
with

annual as (
    select
        concentration.*,
        coalesce(countries.is_eu27_member, true) as is_member,
        sources.source_name,
        sources.source_rank,
        agreed.source_id is not null as is_passed_over,
    from marts.fct_import_concentration as concentration
    inner join marts.dim_trade_source as sources using (source_id)
    left join marts.dim_country as countries
        on concentration.reporter_code = countries.country_iso3
    left join (
        select distinct
            reporter_code,
            source_id,
            product_code,
            period,
        from marts.fct_source_agreement
        where is_passed_over
    ) as agreed
        using (reporter_code, source_id, product_code, period)
    where
        concentration.frequency = 'annual'
        and (concentration.reporter_code = 'EU27' or countries.is_followed_importer)
        and cast(concentration.period || '-12-31' as date) < cast(getvariable('as_of') as date)
        and concentration.supplier_scope
        = if(coalesce(countries.is_eu27_member, true), 'extra_eu', 'all')
    qualify
        concentration.period = max(concentration.period) over (
            partition by concentration.product_code
        )
)

select *
from annual
qualify
    row_number() over (
        partition by product_code, reporter_code
        order by is_passed_over, source_rank, nomenclature desc
    ) = 1
order by product_code, top_supplier_value_share desc, reporter_code;

-- A5d: Which member of the EU depends most on one supplier for a product, and which buys most?
-- One row per member that buys the product outside the EU, by the supplier's share of these
-- imports. The largest buyer from the supplier (`value_rank` 1) is among the first two.
-- `share_of_all_pct` is its share of all imports, those from other members included.
-- Goods count where they enter the EU. What a port country sells on to another member counts as its
-- own imports. For that member they are goods of the port country. Both shares are of value.
-- A large share is no dependence by itself: `a05` judges that. A member without a row has no such
-- import on record. Trade too small to say who is the largest supplier (`small_cell`) comes last.
-- Source: the first that has every member and all their suppliers (`source_id`). Certainty:
-- `all_flows`, `goods_left_out` where the source counts the normal procedure alone, `small_cell`.
-- param: product code 'HS6 or CN8 code; default: 850511, permanent magnets of metal'
-- param: year text 'Year; default: 2024'
-- param: supplier place 'Supplier outside the EU (CN, China); default: the largest of the EU27'
-- found in: marts.fct_import_concentration product=product_code year=period
-- short: reporter, share_pct, from_supplier_meur, value_rank, certainty, share_of_all_pct
-- short: imports_meur, largest_supplier
-- first: 'share, with the largest buyer, small trade last'
with

asked as (
    select
        coalesce(cast(getvariable('product') as varchar), '850511') as product_code,
        coalesce(cast(getvariable('year') as varchar), '2024') as period,
),

-- The first source with every member, and the EU's largest supplier in it.
eu as (
    select
        concentration.*,
        sources.leaves_goods_out,
        coalesce(places.place_code, concentration.top_supplier_iso3) as supplier,
        coalesce(sellers.country_name, supplier) as supplier_name,
    from marts.fct_import_concentration as concentration
    semi join asked using (product_code, period)
    inner join marts.dim_trade_source as sources using (source_id)
    left join reports.place(cast(getvariable('supplier') as varchar)) as places on true
    left join marts.dim_country as sellers
        on coalesce(places.place_code, concentration.top_supplier_iso3) = sellers.country_iso3
    left join (
        from marts.fct_source_agreement
        where is_passed_over
    ) as agreed
        using (reporter_code, product_code, period, source_id)
    where
        concentration.reporter_code = 'EU27'
        and concentration.supplier_scope = 'extra_eu'
        and sources.has_every_member
        and sources.has_all_suppliers
        and not coalesce(sellers.is_eu27_member, false)
    order by agreed.source_id is not null, sources.source_rank
    limit 1
),

shares as (
    select
        shares.reporter_code,
        shares.supplier_scope,
        shares.value_share,
        shares.import_value_eur,
    from marts.fct_partner_shares as shares
    inner join eu using (source_id, nomenclature, product_code, period)
    where shares.partner_iso3 = eu.supplier
),

members as (
    select
        importers.*,
        countries.country_name,
        coalesce(outside.value_share, 0) as share,
        coalesce(outside.import_value_eur, 0) as from_supplier_eur,
        coalesce(everywhere.value_share, 0) as share_of_all,
        not importers.is_small_cell and share > 0
        and rank() over (order by importers.is_small_cell, share desc) = 1 as is_most,
        rank() over (order by from_supplier_eur desc) as value_rank,
    from marts.fct_import_concentration as importers
    semi join eu using (source_id, nomenclature, product_code, period, supplier_scope)
    inner join marts.dim_country as countries
        on importers.reporter_code = countries.country_iso3 and countries.is_eu27_member
    left join shares as outside
        on importers.reporter_code = outside.reporter_code and outside.supplier_scope = 'extra_eu'
    left join shares as everywhere
        on importers.reporter_code = everywhere.reporter_code and everywhere.supplier_scope = 'all'
),

said as (
    select
        count(*) as member_count,
        count(*) filter (is_small_cell) as small_count,
        string_agg(country_name, ', ' order by country_name) filter (is_most) as most,
        count(*) filter (is_most) as most_count,
        max(share) filter (is_most) as most_share,
        max(share_of_all) filter (is_most) as most_of_all,
        string_agg(
            country_name || printf(
                ' (EUR %.1f million, %.1f %% of its imports from outside)',
                from_supplier_eur / 1e6, 100 * share
            ), ', ' order by country_name
        ) filter (value_rank = 1 and from_supplier_eur > 0) as largest,
    from members
)

select
    members.reporter_code as reporter,
    round(100 * members.share, 1) as share_pct,
    round(100 * members.share_of_all, 1) as share_of_all_pct,
    round(members.from_supplier_eur / 1e6, 2) as from_supplier_meur,
    round(members.import_value_eur / 1e6, 2) as imports_meur,
    members.value_rank,
    members.top_supplier_iso3 as largest_supplier,
    case
        when members.is_small_cell then 'small_cell'
        when eu.leaves_goods_out then 'goods_left_out'
        else 'all_flows'
    end as certainty,
    eu.supplier,
    members.source_id,
    members.nomenclature,
    members.product_code,
    members.period,
    concat_ws(
        ' ',
        'Most dependent by share, on ' || eu.supplier_name || ' in ' || eu.period || ': '
        || said.most || if(said.most_count > 1, ', each', '')
        || printf(' %.1f', 100 * said.most_share) || ' % of the imports of ' || eu.product_code
        || printf(' from outside the EU, %.1f %% of all.', 100 * said.most_of_all),
        'Most by value: ' || said.largest || '. A share is no verdict: a05 judges.',
        'The EU27: ' || printf('%.1f', 100 * coalesce(of_eu.value_share, 0)) || ' %.',
        'Of 27 members ' || said.member_count || ' have figures, ' || said.small_count
        || ' of them too small to rank.',
        if(eu.leaves_goods_out, 'The source leaves goods for inward processing out.', null)
    ) as total_in_words,
from members
cross join eu
cross join said
left join shares as of_eu
    on eu.reporter_code = of_eu.reporter_code and eu.supplier_scope = of_eu.supplier_scope
order by
    members.is_small_cell, not (members.is_most or members.value_rank = 1), members.share desc,
    members.reporter_code;

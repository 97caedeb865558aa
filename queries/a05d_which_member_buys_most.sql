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
-- `sources_disagree`: another source contradicts the member's imports; what it has of the supplier
-- is in `other_...`. Nobody is called most dependent, or the largest buyer, who is not by both.
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

-- What another source has of the supplier, where it contradicts a member's imports. One that
-- neither names has at most what is left.
disputed as (
    select
        bounds.reporter_code,
        any_value(bounds.other_reading) filter (bounds.is_furthest) as other_reading,
        any_value(bounds.other_top_supplier_iso3) as other_top,
        coalesce(max(bounds.other_share_low) filter (bounds.partner_iso3 = eu.supplier), 0)
            as other_share_low,
        coalesce(
            max(bounds.other_share_high) filter (bounds.partner_iso3 = eu.supplier),
            any_value(bounds.other_top_share_high - bounds.other_top_share_low)
        ) as other_share_high,
        coalesce(
            max(bounds.other_import_value_eur) filter (bounds.partner_iso3 = eu.supplier), 0
        ) as other_from_supplier_eur,
    from marts.fct_source_bounds as bounds
    inner join eu using (source_id, nomenclature, product_code, period, supplier_scope)
    where bounds.agreement = 'sources_disagree'
    group by bounds.reporter_code
),

members as (
    select
        importers.*,
        countries.country_name,
        coalesce(outside.value_share, 0) as share,
        coalesce(outside.import_value_eur, 0) as from_supplier_eur,
        coalesce(everywhere.value_share, 0) as share_of_all,
        bounds.other_reading,
        bounds.other_share_low,
        bounds.other_share_high,
        bounds.other_from_supplier_eur,
    from marts.fct_import_concentration as importers
    semi join eu using (source_id, nomenclature, product_code, period, supplier_scope)
    inner join marts.dim_country as countries
        on importers.reporter_code = countries.country_iso3 and countries.is_eu27_member
    left join shares as outside
        on importers.reporter_code = outside.reporter_code and outside.supplier_scope = 'extra_eu'
    left join shares as everywhere
        on importers.reporter_code = everywhere.reporter_code and everywhere.supplier_scope = 'all'
    left join disputed as bounds
        on importers.reporter_code = bounds.reporter_code
),

ranked as (
    select
        *,
        not is_small_cell and share > 0
        and rank() over (order by is_small_cell, share desc) = 1 as is_most,
        rank() over (order by from_supplier_eur desc) as value_rank,
        -- First whichever source is right about those on whom they disagree.
        is_most and coalesce(other_share_low, share) >= max(
            if(
                is_small_cell and other_reading is null, 0,
                greatest(share, coalesce(other_share_high, 0))
            )
        ) over () as is_most_by_both,
        value_rank = 1 and least(from_supplier_eur, other_from_supplier_eur)
        >= max(greatest(from_supplier_eur, coalesce(other_from_supplier_eur, 0))) over ()
            as is_largest_by_both,
    from members
),

said as (
    select
        count(*) as member_count,
        count(*) filter (is_small_cell) as small_count,
        bool_or(is_most_by_both) as is_most_by_both,
        bool_or(is_largest_by_both) as is_largest_by_both,
        string_agg(country_name || ': ' || other_reading, '; ' order by from_supplier_eur desc)
            as disputed,
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
    from ranked
)

select
    members.reporter_code as reporter,
    round(100 * members.share, 1) as share_pct,
    round(100 * members.share_of_all, 1) as share_of_all_pct,
    round(members.from_supplier_eur / 1e6, 2) as from_supplier_meur,
    round(members.import_value_eur / 1e6, 2) as imports_meur,
    if(said.is_largest_by_both or members.value_rank > 1, members.value_rank, null) as value_rank,
    round(100 * members.other_share_low, 1) as other_share_from_pct,
    round(100 * members.other_share_high, 1) as other_share_to_pct,
    round(members.other_from_supplier_eur / 1e6, 2) as other_from_supplier_meur,
    members.top_supplier_iso3 as largest_supplier,
    case
        when members.other_reading is not null then 'sources_disagree'
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
        if(
            said.is_most_by_both, '',
            'Who is most dependent by share would turn with the source. By this one'
            || if(said.is_largest_by_both, '', ', and the largest buyer too') || ': '
        ) || 'Most dependent by share, on ' || eu.supplier_name || ' in ' || eu.period || ': '
        || said.most || if(said.most_count > 1, ', each', '')
        || printf(' %.1f', 100 * said.most_share) || ' % of the imports of ' || eu.product_code
        || printf(' from outside the EU, %.1f %% of all.', 100 * said.most_of_all),
        'Most by value: ' || said.largest || '. A share is no verdict: a05 judges.',
        'The EU27: ' || printf('%.1f', 100 * coalesce(of_eu.value_share, 0)) || ' %.',
        'Of 27 members ' || said.member_count || ' have figures, ' || said.small_count
        || ' of them too small to rank.',
        'Sources disagree on ' || said.disputed || '.',
        'For the EU27 they disagree too: ' || of_eu_disputed.other_reading || '.',
        if(eu.leaves_goods_out, 'The source leaves goods for inward processing out.', null)
    ) as total_in_words,
from ranked as members
cross join eu
cross join said
left join disputed as of_eu_disputed
    on eu.reporter_code = of_eu_disputed.reporter_code
left join shares as of_eu
    on eu.reporter_code = of_eu.reporter_code and eu.supplier_scope = of_eu.supplier_scope
order by
    members.is_small_cell, not (members.is_most or members.value_rank = 1), members.share desc,
    members.reporter_code;

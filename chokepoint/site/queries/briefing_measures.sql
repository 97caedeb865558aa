-- One row per restriction on exports to the importer on a day, as known on known_on: its strictest
-- state, since when, whether a rival reading says otherwise, whether for listed firms only, and the
-- importer's imports under it. The first by state and by imports that may be under it.
with

base as (
    select * from temp.briefing_states
    where is_reaching and claim_group = 'base'
),

strictest as (
    select
        measure_id,
        jurisdiction,
        state,
        state_rank,
        state_group,
        min(instrument_no) as instrument_no,
        min(title) as title,
        min(source_url) as source_url,
        min(valid_from) as since,
        min(certainty) as certainty,
        bool_or(certainty = 'imprecise_date') as is_imprecise,
        bool_and(user_type = 'listed_entities') as is_for_firms,
    from base
    group by measure_id, jurisdiction, state, state_rank, state_group
    qualify state_rank = min(state_rank) over (partition by measure_id)
),

-- A rival reading that has come to say the same is none.
rivals as (
    select distinct rival.measure_id
    from temp.briefing_states as rival
    left join base using (measure_id, clause_id, destination, user_type)
    where
        rival.is_reaching
        and rival.claim_group <> 'base'
        and rival.state is distinct from base.state
),

-- Each listed code once, however many clauses list it.
codes as (
    select
        measure_id,
        count(distinct product_code) as codes_listed,
        count(distinct product_code) - count(distinct product_code) filter (figures_of is null)
            as codes_with_trade,
        -- The code without figures that may hold the most.
        arg_min(goods_name || ' (' || product_code || ')', naming_order) filter (figures_of is null)
            as missing_goods,
    from
        reports.listed_codes(
            getvariable('importer'), null, getvariable('as_of'), getvariable('known_on')
        )
    group by measure_id
),

shares as (
    select
        scope.measure_id,
        exporters.country_iso3,
        scope.nomenclature,
        scope.product_code,
        max(scope.share_low) as share_low,
        max(scope.share_high) as share_high,
    from marts.bridge_product_coverage as scope
    inner join marts.bridge_measure_exporters as exporters using (measure_id)
    semi join base using (measure_id, clause_id)
    where scope.coverage <> 'may_overlap'
    group by all
),

weighed as (
    select
        shares.measure_id,
        imports.part_of_product_code is null as is_whole,
        imports.partner_iso3,
        coalesce(imports.part_of_product_code, imports.product_code) as code,
        sum(imports.value_eur * shares.share_low) as value_eur_low,
        sum(imports.value_eur * shares.share_high) as value_eur_high,
    from shares
    inner join reports.latest_imports(
        getvariable('importer'), null, getvariable('as_of')
    ) as imports
        on
            shares.country_iso3 = imports.partner_iso3
            and shares.nomenclature = imports.nomenclature
            and shares.product_code = imports.product_code
            and (imports.part_of_product_code is null or imports.is_least_of_part)
    group by all
),

-- What must be there of the parts of a code must be there of the code.
of_codes as (
    select
        measure_id,
        max(value_eur_high) filter (where is_whole) as code_high,
        least(max(value_eur_low), code_high) as code_low,
    from weighed
    group by measure_id, partner_iso3, code
),

trade as (
    select
        measure_id,
        sum(code_low) filter (where code_high is not null) as value_eur_low,
        sum(code_high) as value_eur_high,
    from of_codes
    group by measure_id
)

select
    strictest.*,
    codes.* exclude (measure_id),
    -- Of a code with figures a partner without any brought nothing in.
    if(codes.codes_with_trade > 0, coalesce(trade.value_eur_low, 0), null) as value_eur_low,
    if(codes.codes_with_trade > 0, coalesce(trade.value_eur_high, 0), null) as value_eur_high,
    count(*) over (partition by strictest.state_group) as group_count,
    count(rivals.measure_id) over (partition by strictest.state_group) as disputed_count,
    count(*) over () as measure_count,
from strictest
left join rivals using (measure_id)
left join codes using (measure_id)
left join trade using (measure_id)
order by
    strictest.state_rank,
    value_eur_high desc nulls last,
    codes.codes_listed desc nulls last,
    strictest.since desc,
    strictest.measure_id;

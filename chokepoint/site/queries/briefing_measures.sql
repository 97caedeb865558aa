-- One row per restriction on exports to the importer on the day, as known on known_on: its
-- strictest state, whether a rival reading says otherwise, and the importer's imports under it.
-- The first by state and by imports that may be under it.
with

reaching as (
    select * from temp.briefing_states
    where is_reaching
),

strictest as (
    select
        measure_id,
        min(jurisdiction) as jurisdiction,
        min(instrument_no) as instrument_no,
        min(title) as title,
        min(source_url) as source_url,
        min(state_rank) as state_rank,
        arg_min(state, state_rank) as state,
    from reaching
    where claim_group = 'base'
    group by measure_id
),

-- Since when one of its clauses is in that state.
began as (
    select
        reaching.measure_id,
        min(reaching.valid_from) as since,
        bool_or(reaching.certainty = 'imprecise_date') as is_imprecise,
    from reaching
    inner join strictest
        on
            reaching.measure_id = strictest.measure_id
            and reaching.state = strictest.state
    where reaching.claim_group = 'base'
    group by reaching.measure_id
),

-- A rival reading that has come to say the same is none.
rivals as (
    select
        rival.measure_id,
        string_agg(distinct rival.state, ', ' order by rival.state) as rival_states,
    from reaching as rival
    left join reaching as base
        on
            rival.measure_id = base.measure_id
            and rival.clause_id = base.clause_id
            and rival.destination = base.destination
            and rival.user_type = base.user_type
            and base.claim_group = 'base'
    where rival.claim_group <> 'base' and rival.state is distinct from base.state
    group by rival.measure_id
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
    from reports.listed_codes(
        cast(getvariable('importer') as varchar),
        null,
        cast(getvariable('as_of') as date),
        cast(getvariable('known_on') as date)
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
    inner join marts.bridge_measure_exporters as exporters
        on scope.measure_id = exporters.measure_id
    inner join (
        select distinct
            measure_id,
            clause_id,
        from reaching
        where claim_group = 'base'
    ) as clauses
        on
            scope.measure_id = clauses.measure_id
            and scope.clause_id = clauses.clause_id
    where scope.coverage <> 'may_overlap'
    group by scope.measure_id, exporters.country_iso3, scope.nomenclature, scope.product_code
),

trade as (
    select
        shares.measure_id,
        sum(imports.value_eur * shares.share_low) as value_eur_low,
        sum(imports.value_eur * shares.share_high) as value_eur_high,
    from shares
    inner join reports.latest_imports(
        cast(getvariable('importer') as varchar), null, cast(getvariable('as_of') as date)
    ) as imports
        on
            shares.country_iso3 = imports.partner_iso3
            and shares.nomenclature = imports.nomenclature
            and shares.product_code = imports.product_code
            and imports.part_of_product_code is null
    group by shares.measure_id
),

-- Of a code with figures a partner without any brought nothing in.
weighed as (
    select
        codes.*,
        case when codes.codes_with_trade > 0 then coalesce(trade.value_eur_low, 0) end
            as value_eur_low,
        case when codes.codes_with_trade > 0 then coalesce(trade.value_eur_high, 0) end
            as value_eur_high,
    from codes
    left join trade
        on codes.measure_id = trade.measure_id
),

grouped as (
    select
        strictest.*,
        case
            when strictest.state in ('in_force', 'exempted') then 'in_force'
            when strictest.state in ('suspended', 'suspended_before_effect') then 'suspended'
            when strictest.state in ('announced', 'proposed') then 'coming'
            when strictest.state in ('lapsed_presumed', 'unknown') then strictest.state
            else 'over'
        end as state_group,
    from strictest
)

select
    grouped.state_group,
    grouped.state,
    grouped.instrument_no,
    grouped.title,
    grouped.source_url,
    grouped.jurisdiction,
    countries.country_name as issued_by,
    weighed.codes_listed,
    weighed.codes_with_trade,
    weighed.missing_goods,
    weighed.value_eur_low,
    weighed.value_eur_high,
    count(*) over (partition by grouped.state_group) as group_count,
    count(rivals.measure_id) over (partition by grouped.state_group) as disputed_count,
    count(*) over () as measure_count,
    row_number() over (
        partition by grouped.state_group
        order by
            weighed.value_eur_high desc nulls last,
            weighed.codes_listed desc nulls last,
            began.since desc,
            grouped.measure_id
    ) as group_rank,
    began.is_imprecise,
    began.since,
from grouped
inner join began
    on grouped.measure_id = began.measure_id
left join rivals
    on grouped.measure_id = rivals.measure_id
left join weighed
    on grouped.measure_id = weighed.measure_id
left join marts.dim_country as countries
    on grouped.jurisdiction = countries.country_iso2
order by grouped.state_rank, group_rank;

-- What a person would write for this one result, who is free of the project's layers: one statement,
-- timelines cut to the periods before they meet trade, one number for a cell of trade, no table
-- between. It makes the rows of marts.fct_trade_under_measures, in its order, and is the peer of
-- law_coverage.py. Formulas: docs/methodology/trade_under_measures.md.

create table marts.by_hand as
with
periods as (
    select
        period,
        cast(case length(period) when 4 then period || '-01-01' else period || '-01' end as date)
            as period_from,
        cast(
            period_from + case length(period) when 4 then interval 1 year else interval 1 month end
            as date
        ) as period_to,
    from (select distinct period from intermediate.int_trade__imports_by_supplier)
),

-- Destinations that bear on an importer, and importers on whom the same ones bear.
bearing as (
    select distinct
        places.country_code,
        timelines.destination,
        case timelines.destination
            when 'ALL' then 1 when 'ALL_NON_EU' then 2 when 'EU27' then 3 else 4
        end as precedence,
    from intermediate.int_law__timelines as timelines
    inner join (
        select iso3 as country_code, iso3 in (from intermediate.int_trade__eu27_members) as is_eu
        from staging.stg_reference__countries
        union all
        select 'EU27', true
    ) as places
        on
            timelines.destination in ('ALL', places.country_code)
            or timelines.destination = if(places.is_eu, 'EU27', 'ALL_NON_EU')
),

importers as (
    select country_code, dense_rank() over (order by destinations) as class
    from (
        select country_code, string_agg(destination, '|' order by destination) as destinations
        from bearing
        group by country_code
    )
),

class_clauses as (
    select
        clauses.measure_id,
        clauses.clause_id,
        bearing.class,
        arg_max(clauses.destination, bearing.precedence) as destination,
    from (select distinct measure_id, clause_id, destination from intermediate.int_law__measure_states)
        as clauses
    inner join (select distinct class, destination, precedence from bearing inner join importers using (country_code))
        as bearing
        using (destination)
    group by all
),

-- At most two steps lie between trade and law: each way from an earlier code to HS 2022, and whether
-- the surest tells more than that goods may be shared.
walks as (
    select nomenclature_before as nomenclature, code_before as product_code, code_after as listed_code, link
    from staging.stg_reference__hs_concordances
    where not is_waste and nomenclature_after = 'HS2022'
    union all
    select
        first.nomenclature_before,
        first.code_before,
        second.code_after,
        case
            when first.link = 'same' then second.link
            when second.link in ('same', first.link) and first.link <> 'overlaps' then first.link
            when second.link = 'same' then first.link
            else 'may_overlap'
        end as link,
    from staging.stg_reference__hs_concordances as first
    inner join staging.stg_reference__hs_concordances as second
        on first.nomenclature_after = second.nomenclature_before and first.code_after = second.code_before
    where not first.is_waste and not second.is_waste and second.nomenclature_after = 'HS2022'
),

ways as (
    select nomenclature, product_code, listed_code, bool_and(link = 'may_overlap') as is_possible_only
    from walks
    group by all
),

-- Goods that went to a code of HS 2017 of which nothing more is said.
lost as (
    select distinct earlier.nomenclature_before as nomenclature, earlier.code_before as product_code
    from staging.stg_reference__hs_concordances as earlier
    anti join (from staging.stg_reference__hs_concordances where not is_waste) as later
        on earlier.nomenclature_after = later.nomenclature_before and earlier.code_after = later.code_before
    where not earlier.is_waste and earlier.nomenclature_after = 'HS2017'
),

-- Whole where every code that holds goods of it now is listed whole.
listed as (
    select
        codes.measure_id,
        ways.nomenclature,
        ways.product_code,
        bool_and(ways.is_possible_only) as is_possible_only,
        count(*) filter (where codes.is_whole) = any_value(goods.codes_now)
        and not bool_or(lost.product_code is not null) as is_whole,
    from intermediate.int_law__scope_codes as codes
    inner join ways on codes.product_code = ways.listed_code
    inner join (select nomenclature, product_code, count(*) as codes_now from ways group by all) as goods
        on ways.nomenclature = goods.nomenclature and ways.product_code = goods.product_code
    left join lost on ways.nomenclature = lost.nomenclature and ways.product_code = lost.product_code
    group by all
),

scope as (
    select
        listed.measure_id,
        listed.nomenclature,
        listed.product_code,
        clauses.clause_id,
        listed.is_whole,
        listed.is_possible_only and not listed.is_whole as is_possible_only,
    from listed
    inner join intermediate.int_law__clauses as clauses on listed.measure_id = clauses.act_id
    -- A clause addressed to one firm stays with the code as listed.
    where clauses.addressee is null
),

-- What is known now, cut to the periods.
steps as (
    select
        states.measure_id,
        states.clause_id,
        states.destination,
        states.user_type,
        states.claim_group as reading,
        states.is_disputed,
        states.state,
        names.state_rank,
        names.is_standing,
        periods.period,
        greatest(states.valid_from, periods.period_from) as valid_from,
        least(states.valid_to, periods.period_to) as valid_to,
    from intermediate.int_law__measure_states as states
    inner join staging.stg_law__measure_state_names as names using (state)
    inner join periods
        on
            states.valid_from < periods.period_to
            and coalesce(states.valid_to, date '9999-01-01') > periods.period_from
    where states.known_to is null and (names.is_standing or states.is_disputed)
),

sides as (
    select measure_id, clause_id, destination, user_type, claim_group as side, min(valid_from) as departs_on,
    from intermediate.int_law__measure_states
    where claim_group <> 'base' and known_to is null
    group by all
),

cells as (
    select *, row_number() over () as cell
    from (
        select distinct imports.partner_code, importers.class, imports.nomenclature, imports.product_code, imports.period
        from intermediate.int_trade__imports_by_supplier as imports
        inner join importers on imports.reporter_code = importers.country_code
        semi join (select country_iso3, nomenclature, product_code from scope inner join intermediate.int_law__exporters using (measure_id)) as under_law
            on
                imports.partner_code = under_law.country_iso3
                and imports.nomenclature = under_law.nomenclature
                and imports.product_code = under_law.product_code
    )
),

cell_steps as (
    select
        cells.cell,
        steps.*,
        scope.is_possible_only,
        case when scope.is_whole and steps.user_type = 'all' then 1 else 0 end as share_low,
        case when scope.is_whole and steps.user_type = 'all' then 1 end as share_central,
    from cells
    inner join scope on cells.nomenclature = scope.nomenclature and cells.product_code = scope.product_code
    inner join intermediate.int_law__exporters as exporters
        on cells.partner_code = exporters.country_iso3 and scope.measure_id = exporters.measure_id
    inner join class_clauses
        on
            cells.class = class_clauses.class
            and scope.measure_id = class_clauses.measure_id
            and scope.clause_id = class_clauses.clause_id
    inner join steps
        on
            scope.measure_id = steps.measure_id
            and scope.clause_id = steps.clause_id
            and class_clauses.destination = steps.destination
            and cells.period = steps.period
),

disputed_cells as (
    select distinct cell, reading
    from cell_steps
    where reading <> 'base' and is_disputed
),

-- The base; the sides where they differ; and what a side shares with the base until it departs.
readings as (
    select cell, reading, measure_id, state, state_rank, is_standing, is_disputed, is_possible_only, share_low, share_central, valid_from, valid_to
    from cell_steps
    where reading = 'base'
    union all
    select cell_steps.cell, reading, measure_id, state, state_rank, is_standing, is_disputed, is_possible_only, share_low, share_central, valid_from, valid_to
    from cell_steps
    semi join disputed_cells using (cell, reading)
    where reading <> 'base'
    union all
    select
        cell_steps.cell,
        disputed_cells.reading,
        cell_steps.measure_id,
        cell_steps.state,
        cell_steps.state_rank,
        true as is_standing,
        false as is_disputed,
        cell_steps.is_possible_only,
        cell_steps.share_low,
        cell_steps.share_central,
        cell_steps.valid_from,
        least(cell_steps.valid_to, sides.departs_on) as valid_to,
    from disputed_cells
    inner join cell_steps on disputed_cells.cell = cell_steps.cell and cell_steps.reading = 'base'
    left join sides
        on
            disputed_cells.reading = sides.side
            and cell_steps.measure_id = sides.measure_id
            and cell_steps.clause_id = sides.clause_id
            and cell_steps.destination = sides.destination
            and cell_steps.user_type = sides.user_type
    where cell_steps.is_standing and (sides.departs_on is null or cell_steps.valid_from < sides.departs_on)
),

told as (
    select
        cell,
        reading,
        bool_or(is_disputed) as is_disputed,
        count(distinct measure_id) filter (where is_standing and not is_possible_only) as measure_count,
        string_agg(distinct measure_id, '; ' order by measure_id)
            filter (where is_standing and not is_possible_only) as measure_ids,
        string_agg(distinct measure_id, '; ' order by measure_id)
            filter (where is_standing and is_possible_only) as may_overlap_measure_ids,
    from readings
    group by cell, reading
),

stretches as (
    select cell, reading, border as begins, lead(border) over (partition by cell, reading order by border) as ends
    from (
        select cell, reading, valid_from as border from readings where is_standing and not is_possible_only
        union
        select cell, reading, valid_to as border from readings where is_standing and not is_possible_only
    )
),

by_state as (
    select
        cell,
        reading,
        begins,
        ends - begins as stretch_days,
        state,
        state_rank,
        max(share_low) as low,
        count(*) as parts,
        count(*) filter (where share_central is null) as unknown_parts,
    from stretches
    inner join readings using (cell, reading)
    where readings.is_standing and not readings.is_possible_only and readings.valid_from <= stretches.begins and stretches.ends <= readings.valid_to
    group by all
),

-- Every share here is 0 or 1 from below and 1 from above, so that unions are simple.
ranked as (
    select
        *,
        coalesce(max(low) over stricter, 0) as low_before,
        if(coalesce(count(*) over stricter, 0) > 0, 1, 0) as high_before,
        if(low_before = 1, 1, if(coalesce(sum(unknown_parts) over stricter, 0) > 0, null, 0)) as central_before,
        if(greatest(low_before, low) = 1, 1, if(coalesce(sum(unknown_parts) over stricter, 0) + unknown_parts > 0, null, 0))
            as central_up_to,
    from by_state
    window stricter as (
        partition by cell, reading, begins order by state_rank
        rows between unbounded preceding and 1 preceding
    )
),

shares as (
    select
        cell,
        reading,
        state,
        sum(stretch_days) as state_days,
        sum(stretch_days * greatest(0, low - high_before)) as days_low,
        if(bool_and(central_up_to - central_before is not null), sum(stretch_days * (central_up_to - central_before)), null)
            as days_central,
        sum(stretch_days * (1 - low_before)) as days_high,
        sum(stretch_days * parts) as days_high_of_parts,
    from ranked
    group by all
    union all
    select
        told.cell,
        told.reading,
        'not_covered' as state,
        null as state_days,
        any_value(periods.period_to - periods.period_from) - coalesce(sum(under_any.stretch_days), 0) as days_low,
        any_value(periods.period_to - periods.period_from)
        - if(
            coalesce(bool_and(under_any.low = 1 or under_any.unknown_parts = 0), true),
            coalesce(sum(under_any.stretch_days * under_any.low), 0),
            null
        ) as days_central,
        any_value(periods.period_to - periods.period_from)
        - coalesce(sum(under_any.stretch_days * under_any.low), 0) as days_high,
        null as days_high_of_parts,
    from told
    inner join cells using (cell)
    inner join periods using (period)
    left join (
        select cell, reading, begins, stretch_days, max(low) as low, sum(unknown_parts) as unknown_parts
        from by_state
        group by all
    ) as under_any
        using (cell, reading)
    group by told.cell, told.reading
),

coverage as (
    select shares.*, cells.*, told.* exclude (cell, reading), periods.period_to - periods.period_from as period_days,
    from shares
    inner join cells using (cell)
    inner join told using (cell, reading)
    inner join periods using (period)
),

flows as (
    select
        imports.*,
        importers.class,
        cast(
            if(imports.currency = 'EUR', cast(imports.value_in_currency as double), imports.value_in_currency / imports.usd_per_eur)
            as decimal(28, 6)
        ) as value_eur,
    from intermediate.int_trade__imports_by_supplier as imports
    inner join importers on imports.reporter_code = importers.country_code
    semi join (
        select exporters.country_iso3
        from intermediate.int_law__exporters as exporters
        semi join scope on exporters.measure_id = scope.measure_id
    ) as restricting
        on imports.partner_code = restricting.country_iso3
)

select
    flows.reporter_code,
    flows.partner_code as partner_iso3,
    flows.source_id,
    flows.nomenclature,
    flows.product_code,
    flows.period,
    coalesce(coverage.reading, 'base') as claim_group,
    coalesce(coverage.state, 'not_covered') as state,
    flows.value_eur as product_value_eur,
    cast(cast(flows.value_eur as double) * coalesce(coverage.days_low / coverage.period_days, 1) as decimal(28, 6))
        as value_eur_low,
    cast(
        cast(flows.value_eur as double) * if(coverage.state is null, 1, coverage.days_central / coverage.period_days)
        as decimal(28, 6)
    ) as value_eur_central,
    cast(cast(flows.value_eur as double) * coalesce(coverage.days_high / coverage.period_days, 1) as decimal(28, 6))
        as value_eur_high,
    cast(flows.net_mass_kg as decimal(28, 6)) as product_net_mass_kg,
    cast(cast(flows.net_mass_kg as double) * coalesce(coverage.days_low / coverage.period_days, 1) as decimal(28, 6))
        as net_mass_kg_low,
    cast(
        cast(flows.net_mass_kg as double) * if(coverage.state is null, 1, coverage.days_central / coverage.period_days)
        as decimal(28, 6)
    ) as net_mass_kg_central,
    cast(cast(flows.net_mass_kg as double) * coalesce(coverage.days_high / coverage.period_days, 1) as decimal(28, 6))
        as net_mass_kg_high,
    cast(cast(flows.value_eur as double) * (coverage.days_high_of_parts / coverage.period_days) as decimal(28, 6))
        as sum_of_measures_value_eur_high,
    cast(coverage.state_days as integer) as days_in_state,
    cast(coalesce(coverage.measure_count, 0) as integer) as measure_count,
    coverage.measure_ids,
    coverage.may_overlap_measure_ids,
    coalesce(coverage.is_disputed, false) as is_disputed,
    case
        when coverage.is_disputed then 'disputed'
        when coverage.state is not null and coverage.days_central is null then 'bounds_only'
        when coverage.may_overlap_measure_ids is not null then 'may_overlap'
        when coverage.state in ('lapsed_presumed', 'unknown') then 'presumed'
        else 'settled'
    end as certainty,
from flows
left join coverage
    on
        flows.partner_code = coverage.partner_code
        and flows.class = coverage.class
        and flows.nomenclature = coverage.nomenclature
        and flows.product_code = coverage.product_code
        and flows.period = coverage.period
order by reporter_code, partner_iso3, source_id, nomenclature, product_code, period, claim_group, state;

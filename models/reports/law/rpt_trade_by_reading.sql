{{ config(
    materialized='table_function',
    alias='trade_by_reading',
    parameters=['reporter', 'partner', 'as_of', 'known_on', 'scenario := null'],
    contract={'enforced': false}
) }}

with

asked as (
    select coalesce(cast(known_on as date), cast(as_of as date), current_date) as asked_known
),

-- Numbered, so that the steps below carry one number and not three texts.
flows as materialized (
    select
        imports.*,
        row_number() over (
            order by imports.reporter_code, imports.partner_iso3, imports.product_code
        ) as flow_number,
    from {{ ref('rpt_latest_imports') }}(reporter, partner, as_of) as imports
),

states_on_the_day as (
    select states.*
    from {{ ref('rpt_measure_state') }}(as_of, known_on, scenario := scenario) as states
),

-- A side reads as the base does, but for the timelines where it has a reading of its own.
readings as (
    select
        sides.claim_group as reading,
        states_on_the_day.*,
        state_names.state_rank,
        state_names.is_standing,
    from (
        select distinct unnest(['base', others.claim_group]) as claim_group
        from states_on_the_day as others
    ) as sides
    inner join states_on_the_day
        on states_on_the_day.claim_group in ('base', sides.claim_group)
    inner join {{ ref('dim_measure_state') }} as state_names
        on states_on_the_day.state = state_names.state
    qualify
        row_number() over (
            partition by
                sides.claim_group, states_on_the_day.measure_id, states_on_the_day.clause_id,
                states_on_the_day.destination, states_on_the_day.user_type
            order by states_on_the_day.claim_group = 'base'
        ) = 1
),

-- `distinct` makes one step wait for another, whatever their sizes are taken for: first the
-- products under a measure, of many. Then, before the states of the law, of which there are as many
-- as scenarios are asked for, those of this importer and partner.
listed as (
    select distinct
        flows.flow_number,
        flows.reporter_code,
        flows.partner_iso3,
        scope.*,
    from flows
    inner join {{ ref('bridge_product_coverage') }} as scope
        on flows.nomenclature = scope.nomenclature and flows.product_code = scope.product_code
),

within_scope as (
    select distinct
        listed.*,
        importers.destination,
    from listed
    cross join asked
    inner join {{ ref('bridge_measure_destinations') }} as importers
        on
            listed.measure_id = importers.measure_id
            and listed.clause_id = importers.clause_id
            and listed.reporter_code = importers.country_code
            and asked.asked_known >= importers.known_from
            and (importers.known_to is null or asked.asked_known < importers.known_to)
    inner join {{ ref('bridge_measure_exporters') }} as exporters
        on listed.measure_id = exporters.measure_id and listed.partner_iso3 = exporters.country_iso3
),

borne_on as (
    select
        within_scope.flow_number,
        within_scope.share_high,
        within_scope.coverage = 'may_overlap' as is_possible_only,
        case
            when within_scope.link_certainty = 'presumed' then 'code_presumed'
            when readings.certainty in ('reported_only', 'as_cited') then readings.certainty
        end as doubt,
        readings.*,
        case when readings.user_type = 'all' then within_scope.share_low else 0 end as share_low,
        case
            when readings.user_type = 'all' or within_scope.share_high = 0
                then within_scope.share_central
        end as share_central,
    from within_scope
    inner join readings
        using (measure_id, clause_id, destination)
),

covered as (
    select borne_on.*
    from borne_on
    where borne_on.is_standing and not borne_on.is_possible_only
),

-- Measures on codes that may share goods with the product move no bound and forbid `settled`, and
-- so do codes that are taken for the listed ones, and acts that nobody read.
doubts as (
    select
        borne_on.flow_number,
        max(borne_on.doubt) as doubt,
        string_agg(distinct borne_on.measure_id, '; ' order by borne_on.measure_id)
            filter (where borne_on.is_possible_only) as measure_ids,
    from borne_on
    where borne_on.is_standing and borne_on.reading = 'base'
    group by borne_on.flow_number
),

{{ union_of_measures('covered', ['flow_number', 'reading']) }},

parts as (
    select
        within.*,
        wholes.flow_number as whole_number,
    from flows as within
    inner join flows as wholes
        on
            within.reporter_code = wholes.reporter_code
            and within.partner_iso3 = wholes.partner_iso3
            and within.part_of_product_code = wholes.product_code
            and within.period = wholes.period
    where within.is_wholly_part
),

-- What must be there of the parts of a code, by a source that leaves goods out, must be there of
-- the code. Parts that say more than the whole can hold raise nothing.
least_of_parts as (
    select
        parts.whole_number as flow_number,
        state_shares.reading,
        state_shares.state,
        sum(parts.value_eur * state_shares.share_low) as value_eur,
        coalesce(any_value(names.source_name), any_value(parts.source_id))
        || ' ' || string_agg(parts.product_code, ', ' order by parts.product_code) as basis,
    from parts
    left join {{ ref('dim_trade_source') }} as names
        on parts.source_id = names.source_id
    inner join state_shares
        on parts.flow_number = state_shares.flow_number
    where parts.is_least_of_part and state_shares.share_low > 0
    group by parts.whole_number, state_shares.reading, state_shares.state
),

raised as (
    select
        state_shares.*,
        flows.value_eur,
        cast(flows.value_eur * state_shares.share_low as decimal(28, 6)) as low_eur,
        greatest(
            low_eur,
            least(
                cast(flows.value_eur * state_shares.share_high as decimal(28, 6)),
                coalesce(least_of_parts.value_eur, 0)
            )
        ) as low_of_parts_eur,
        sum(low_of_parts_eur) over (
            partition by state_shares.flow_number, state_shares.reading
        ) <= flows.value_eur as is_raised,
        case when is_raised then low_of_parts_eur else low_eur end as value_eur_low,
        case when value_eur_low > low_eur then least_of_parts.basis end as low_raised_by,
    from state_shares
    inner join flows
        using (flow_number)
    left join least_of_parts
        using (flow_number, reading, state)
),

under_any as (
    select
        raised.flow_number,
        raised.reading,
        any_value(raised.value_eur) - sum(raised.value_eur_low) as rest_eur,
    from raised
    group by raised.flow_number, raised.reading
),

-- The base, and beside it the first other side whose own reading of the product differs.
flow_readings as (
    select
        flows.flow_number,
        'base' as reading,
    from flows
    union all
    select
        borne_on.flow_number,
        min(borne_on.reading) as reading,
    from borne_on
    where borne_on.reading <> 'base' and borne_on.claim_group <> 'base' and borne_on.is_disputed
    group by borne_on.flow_number
),

shares as (
    select raised.* from raised
    union all by name
    select
        flows.flow_number,
        sides.reading,
        'not_covered' as state,
        coalesce(1 - union_shares.share_high, 1) as share_low,
        case when union_shares.share_low is null then 1 else 1 - union_shares.share_central end
            as share_central,
        coalesce(1 - union_shares.share_low, 1) as share_high,
        under_any.rest_eur,
    from flows
    cross join (
        select 'base' as reading
        union
        select covered.reading
        from covered
    ) as sides
    left join union_shares
        using (flow_number, reading)
    left join under_any
        using (flow_number, reading)
),

-- Parts that may hold more than the whole by its own source: the sources disagree, and the greater
-- figure is the bound. Codes of one edition share no goods.
most_of_parts as (
    select
        parts.whole_number as flow_number,
        shares.reading,
        shares.state,
        cast(
            sum(least(parts.value_eur * shares.share_high, shares.rest_eur)) as decimal(28, 6)
        ) as parts_eur,
        string_agg(
            distinct coalesce(names.source_name, parts.source_id), ', '
            order by coalesce(names.source_name, parts.source_id)
        )
        || ' ' || string_agg(parts.product_code, ', ' order by parts.product_code) as basis,
    from parts
    left join {{ ref('dim_trade_source') }} as names
        on parts.source_id = names.source_id
    inner join shares
        on parts.flow_number = shares.flow_number
    where shares.share_high > 0
    group by parts.whole_number, shares.reading, shares.state, parts.nomenclature
    qualify
        row_number() over (
            partition by parts.whole_number, shares.reading, shares.state
            order by parts_eur desc, parts.nomenclature
        ) = 1
),

acts as (
    select
        covered.flow_number,
        covered.reading,
        covered.state,
        {% set told = {
            'measure_ids': ('measure_id', '; '), 'instrument_nos': ('instrument_no', '; '),
            'titles': ('title', '; '), 'source_urls': ('source_url', ' '),
        } -%}
        -- One list each: DuckDB works out every aggregate of distinct values by itself.
        bool_or(covered.certainty = 'assumed') as is_assumed,
        len(list_distinct(list(covered.measure_id))) as measure_count,
        min(covered.valid_from) as valid_from,
        {%- for name, (column, between) in told.items() %}
        nullif(array_to_string(
            list_sort(list_distinct(list(covered.{{ column }}))), '{{ between }}'
        ), '') as {{ name }},
        {%- endfor %}
    from covered
    group by covered.flow_number, covered.reading, covered.state
)

select
    flows.*,
    flow_readings.reading as claim_group,
    shares.state,
    shares.share_low,
    shares.share_central,
    shares.share_high,
    cast(coalesce(shares.value_eur_low, flows.value_eur * shares.share_low) as decimal(28, 6))
        as value_eur_low,
    cast(flows.value_eur * shares.share_central as decimal(28, 6)) as value_eur_central,
    cast(least(flows.value_eur * shares.share_high, shares.rest_eur) as decimal(28, 6))
        as own_eur_high,
    greatest(own_eur_high, most_of_parts.parts_eur) as value_eur_high,
    shares.low_raised_by,
    case
        when most_of_parts.parts_eur > own_eur_high
            then 'sources disagree: ' || most_of_parts.basis
    end as high_raised_by,
    coalesce(acts.measure_count, 0) as measure_count,
    acts.measure_ids,
    doubts.measure_ids as may_overlap_measure_ids,
    acts.instrument_nos,
    acts.titles,
    acts.source_urls,
    acts.is_assumed,
    doubts.doubt,
    acts.valid_from,
from flow_readings
inner join flows
    using (flow_number)
inner join shares
    using (flow_number, reading)
left join most_of_parts
    using (flow_number, reading, state)
left join acts
    using (flow_number, reading, state)
left join doubts
    using (flow_number)

with

covered_intervals as (select * from {{ ref('int_law__covered_intervals') }}),
imports as (select * from {{ ref('int_trade__imports_by_supplier') }}),
destination_classes as (select * from {{ ref('int_law__destination_classes') }}),

covered_products as (
    select distinct
        partner_code,
        nomenclature,
        product_code,
    from covered_intervals
),

-- What is traded and may be covered; nothing else has to be worked out.
traded as (
    select distinct
        imports.partner_code,
        destination_classes.destination_class,
        covered_products.nomenclature,
        imports.product_code,
        imports.period,
    from imports
    inner join covered_products
        using (partner_code, nomenclature, product_code)
    inner join destination_classes
        on imports.reporter_code = destination_classes.country_code
),

-- Numbered, so that the steps below carry one number and not five texts.
cells as (
    select
        traded.*,
        {{ first_day('traded.period') }} as period_from,
        {{ last_day_of('traded.period') }} + 1 as period_to,
        date_diff('day', period_from, period_to) as period_days,
        row_number() over () as cell_number,
    from traded
),

-- The part of each interval that lies in the period.
clipped as (
    select
        cells.cell_number,
        covered_intervals.* replace (
            greatest(covered_intervals.valid_from, cells.period_from) as valid_from,
            least(covered_intervals.valid_to, cells.period_to) as valid_to
        ),
    from cells
    inner join covered_intervals
        on
            cells.partner_code = covered_intervals.partner_code
            and cells.destination_class = covered_intervals.destination_class
            and cells.nomenclature = covered_intervals.nomenclature
            and cells.product_code = covered_intervals.product_code
            and cells.period_to > covered_intervals.valid_from
            and (
                covered_intervals.valid_to is null
                or cells.period_from < covered_intervals.valid_to
            )
),

-- A side of a dispute is kept where it differs from the base.
readings as (
    select
        cell_number,
        reading,
        bool_or(is_disputed) as is_disputed,
        count(distinct measure_id) filter (where is_standing and not is_possible_only)
            as measure_count,
        string_agg(distinct measure_id, '; ' order by measure_id)
            filter (where is_standing and not is_possible_only) as measure_ids,
        string_agg(distinct measure_id, '; ' order by measure_id)
            filter (where is_standing and is_possible_only) as may_overlap_measure_ids,
        max(doubt) filter (where is_standing) as doubt,
    from clipped
    group by cell_number, reading
    having reading = 'base' or bool_or(is_disputed)
),

standing as (
    select clipped.*
    from clipped
    semi join readings
        on clipped.cell_number = readings.cell_number and clipped.reading = readings.reading
    where clipped.is_standing and not clipped.is_possible_only
),

-- Within a period the set of measures changes on these days only.
borders as (
    select
        cell_number,
        reading,
        valid_from as border,
    from standing
    union
    select
        cell_number,
        reading,
        valid_to as border,
    from standing
),

stretches as (
    select
        cell_number,
        reading,
        border as stretch_from,
        lead(border) over (partition by cell_number, reading order by border) as stretch_to,
    from borders
),

covered as (
    select
        stretches.cell_number,
        stretches.reading,
        stretches.stretch_from,
        stretches.stretch_to - stretches.stretch_from as stretch_days,
        standing.state,
        standing.state_rank,
        standing.share_low,
        standing.share_central,
        standing.share_high,
    from stretches
    inner join standing
        on
            stretches.cell_number = standing.cell_number
            and stretches.reading = standing.reading
            and stretches.stretch_from >= standing.valid_from
            and stretches.stretch_to <= standing.valid_to
),

{{ union_of_measures('covered', ['cell_number', 'reading', 'stretch_from', 'stretch_days']) }},

in_states as (
    select
        cell_number,
        reading,
        state,
        state_rank,
        sum(stretch_days) as state_days,
        sum(stretch_days * share_low) as share_days_low,
        case when bool_and(share_central is not null) then sum(stretch_days * share_central) end
            as share_days_central,
        sum(stretch_days * share_high) as share_days_high,
        sum(stretch_days * share_high_of_parts) as share_days_high_of_parts,
    from state_shares
    group by all
),

under_any as (
    select
        cell_number,
        reading,
        sum(stretch_days * share_low) as share_days_low,
        case when bool_and(share_central is not null) then sum(stretch_days * share_central) end
            as share_days_central,
        sum(stretch_days * share_high) as share_days_high,
    from union_shares
    group by cell_number, reading
),

under_none as (
    select
        readings.cell_number,
        readings.reading,
        'not_covered' as state,
        99 as state_rank,
        cells.period_days - coalesce(under_any.share_days_high, 0) as share_days_low,
        cells.period_days - if(under_any.cell_number is null, 0, under_any.share_days_central)
            as share_days_central,
        cells.period_days - coalesce(under_any.share_days_low, 0) as share_days_high,
    from readings
    inner join cells
        on readings.cell_number = cells.cell_number
    left join under_any
        on readings.cell_number = under_any.cell_number and readings.reading = under_any.reading
),

unioned as (
    select * from in_states
    union all by name
    select * from under_none
),

final as (
    select
        cells.* exclude (cells.period_from, cells.period_to, cells.cell_number),
        unioned.* exclude (unioned.cell_number),
        readings.is_disputed,
        readings.measure_count,
        readings.measure_ids,
        readings.may_overlap_measure_ids,
        readings.doubt,
    from unioned
    inner join cells
        on unioned.cell_number = cells.cell_number
    inner join readings
        on unioned.cell_number = readings.cell_number and unioned.reading = readings.reading
)

select * from final

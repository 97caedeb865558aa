-- A9b: Do goods keep moving: how much of what moved before an act still moves?
-- One row per act, importer and source of monthly figures, for the source's newest month.
-- The index is the share of what moved before the act that still brings 80% of what was projected.
-- `low_pct` counts what is unknown as stopped, `high_pct` as moving.
-- `flows_measured` of `flows` with monthly figures can be judged. The act lists `listed_codes`
-- codes of six digits. The index says nothing of those without monthly figures.
-- Figures of the press are claims, never in one row with customs. An act without any monthly
-- figure has a row too: for the importer asked for, else for the EU27.
-- Certainty: `whole` if every flow is measured, `partial`, `unknown` if none is, or `no_figures`.
-- param: importer place 'Country (DE, DEU, Germany) or EU27; default: EU27 and all with figures'
-- param: known_on date 'Leave out later knowledge; default: all that is published'
-- short: measure_id, importer, certainty, figures_of, newest_month, low_pct, high_pct
-- short: flows_measured, flows, listed_codes, act
-- first: flows_measured desc, flows desc 'flows measured'
with

asked as (
    select
        place_code,
        coalesce(cast(getvariable('known_on') as date), date '9999-12-31') as known_on,
    from reports.place(cast(getvariable('importer') as varchar))
),

newest as (
    select months.*
    from marts.fct_continuity_index as months
    inner join asked
        on
            months.known_from <= asked.known_on
            and months.reporter_code = coalesce(asked.place_code, months.reporter_code)
    qualify
        row_number() over (
            partition by
                months.measure_id, months.reporter_code, months.source_id, months.nomenclature
            order by months.period desc
        ) = 1
),

-- Restrictions on exports to the importer, with or without months.
reaching as (
    select distinct
        destinations.measure_id,
        destinations.country_code as reporter_code,
    from marts.bridge_measure_destinations as destinations
    inner join asked
        on
            destinations.country_code = coalesce(asked.place_code, 'EU27')
            and destinations.known_from <= asked.known_on
            and coalesce(destinations.known_to, date 'infinity') > asked.known_on
    inner join marts.dim_act as acts
        on destinations.measure_id = acts.act_id
    where acts.is_measure and acts.standing = 'law' and acts.severity_weight is not null
),

rows_of_acts as (
    select * from newest
    union all by name
    select reaching.*
    from reaching
    anti join newest
        using (measure_id, reporter_code)
),

listed as (
    select
        measure_id,
        count(distinct left(product_code, 6)) as code_count,
    from marts.bridge_product_coverage
    where coverage <> 'may_overlap'
    group by measure_id
)

select
    rows_of_acts.measure_id,
    coalesce(acts.instrument_no, acts.title) as act,
    rows_of_acts.reporter_code as importer,
    case rows_of_acts.data_origin
        when 'real' then 'customs'
        when 'press_claim' then 'press claims'
        else coalesce(rows_of_acts.data_origin, 'none')
    end as figures_of,
    rows_of_acts.period as newest_month,
    round(100 * rows_of_acts.continuity_index_low, 1) as low_pct,
    round(100 * rows_of_acts.continuity_index, 1) as index_pct,
    round(100 * rows_of_acts.continuity_index_high, 1) as high_pct,
    coalesce(rows_of_acts.cell_count - rows_of_acts.not_measurable_cell_count, 0)
        as flows_measured,
    coalesce(rows_of_acts.cell_count, 0) as flows,
    coalesce(rows_of_acts.continuing_cell_count, 0) as flows_moving,
    coalesce(listed.code_count, 0) as listed_codes,
    case
        when rows_of_acts.period is null then 'no_figures'
        when flows_measured = 0 then 'unknown'
        when flows_measured < flows then 'partial'
        else 'whole'
    end as certainty,
    case
        when rows_of_acts.period is null then 'No monthly figure of a listed code is published.'
        else rows_of_acts.missing_reason
    end as missing_reason,
    acts.title,
    rows_of_acts.announced_on,
    rows_of_acts.known_from,
    rows_of_acts.source_id,
    rows_of_acts.data_origin,
from rows_of_acts
left join marts.dim_act as acts
    on rows_of_acts.measure_id = acts.act_id
left join listed
    on rows_of_acts.measure_id = listed.measure_id
order by rows_of_acts.measure_id, rows_of_acts.reporter_code, rows_of_acts.source_id;

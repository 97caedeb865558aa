with

flow_continuity as (select * from {{ ref('fct_flow_continuity') }}),

-- Cells are the flows that the act bears on, not their totals. The press gives no values: its flows
-- are weighted by mass.
cells as (
    select
        measure_id,
        case flow when 'import' then reporter_code else partner_code end as reporter_code,
        source_id,
        nomenclature,
        period,
        data_origin,
        announced_on,
        known_from,
        coalesce(
            case reading_basis when 'value' then baseline_mean_value_eur else expected_mass_kg end,
            0
        ) as weight,
        case reading_basis when 'value' then coalesce(baseline_mean_value_eur, 0) end
            as baseline_value_eur,
        case
            when reading = 'stopped' then false
            when reading in ('missing', 'not_measurable') then null
            -- Whatever a flow does that could have halved unnoticed: if only its falls counted, the
            -- index would be too low.
            when least_fall_noticed > {{ continuity('most_unnoticed') }} then null
            else deviation >= {{ continuity('continuing_share') }} - 1
        end as is_continuing,
    from flow_continuity
    where not is_total and (reading_basis = 'value' or data_origin = 'press_claim')
),

summed as (
    select
        measure_id,
        reporter_code,
        source_id,
        nomenclature,
        period,
        min(data_origin) as data_origin,
        count(*) as cell_count,
        count(*) filter (where is_continuing) as continuing_cell_count,
        count(*) filter (where is_continuing is null) as unknown_cell_count,
        sum(cast(weight as decimal(28, 6))) as weight,
        coalesce(sum(cast(weight as decimal(28, 6))) filter (where is_continuing), 0)
            as continuing_weight,
        coalesce(sum(cast(weight as decimal(28, 6))) filter (where is_continuing is null), 0)
            as unknown_weight,
        sum(cast(baseline_value_eur as decimal(28, 6))) as baseline_value_eur,
        min(announced_on) as announced_on,
        max(known_from) as known_from,
    from cells
    group by measure_id, reporter_code, source_id, nomenclature, period
),

final as (
    select
        measure_id,
        reporter_code,
        source_id,
        nomenclature,
        period,
        data_origin,
        case
            when weight = 0 then 'No flow under the act has a baseline.'
            when weight = unknown_weight then 'No flow under the act could be measured.'
        end as missing_reason,
        cast(cell_count as integer) as cell_count,
        cast(continuing_cell_count as integer) as continuing_cell_count,
        cast(unknown_cell_count as integer) as not_measurable_cell_count,
        {{ significant(
            'cast(continuing_weight as double) / nullif(weight - unknown_weight, 0)'
        ) }} as continuity_index,
        {{ significant('cast(continuing_weight as double) / nullif(weight, 0)') }}
            as continuity_index_low,
        {{ significant(
            'cast(continuing_weight + unknown_weight as double) / nullif(weight, 0)'
        ) }} as continuity_index_high,
        {{ significant('cast(unknown_weight as double) / nullif(weight, 0)') }} as share_unknown,
        cast(baseline_value_eur as double) as baseline_value_eur,
        announced_on,
        known_from,
    from summed
)

select * from final
order by measure_id, reporter_code, source_id, nomenclature, period

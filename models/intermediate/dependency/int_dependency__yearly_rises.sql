with

network_flows as (select * from {{ ref('int_trade__network_flows') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

-- Members as one: EU27 buys and sells as one country.
flows as (
    select
        network_flows.source_id,
        network_flows.nomenclature,
        network_flows.product_code,
        network_flows.exporter_iso3,
        case when buyers.member_iso3 is not null then 'EU27' else network_flows.importer_iso3 end
            as importer_code,
        network_flows.period,
        cast(
            sum(cast(
                {{ in_eur(
                    'network_flows.value_in_currency', 'network_flows.currency',
                    'network_flows.usd_per_eur'
                ) }} as decimal(28, 6)
            )) as double
        ) as value_eur,
    from network_flows
    left join members as buyers
        on network_flows.importer_iso3 = buyers.member_iso3
    left join members as sellers
        on network_flows.exporter_iso3 = sellers.member_iso3
    where sellers.member_iso3 is null
    group by all
),

years as (
    select
        source_id,
        nomenclature,
        list(distinct period order by period) as periods,
    from network_flows
    group by source_id, nomenclature
),

-- One list of yearly values per flow. The source lists every flow, so a year without a row is
-- a year without trade.
series as (
    select
        flows.source_id,
        flows.nomenclature,
        flows.product_code,
        flows.exporter_iso3,
        flows.importer_code,
        years.periods,
        map_from_entries(
            list(row(flows.period, flows.value_eur) order by flows.period)
        ) as values_by_period,
    from flows
    inner join years
        using (source_id, nomenclature)
    group by all
    -- What never reached the floor below cannot have risen by it; most flows are that small.
    having max(flows.value_eur) >= 100000 or flows.importer_code = 'EU27'
),

complete_series as (
    select
        series.* exclude (values_by_period),
        list_transform(
            periods, lambda one_period: coalesce(values_by_period[one_period], 0)
        ) as yearly_values,
    from series
),

positions as (
    select
        source_id,
        nomenclature,
        unnest(range(4, len(periods) + 1)) as year_position,
    from years
),

-- Each year from the fourth on against the year before and the mean of the three before.
final as (
    select
        complete_series.source_id,
        complete_series.nomenclature,
        complete_series.product_code,
        complete_series.exporter_iso3,
        complete_series.importer_code,
        complete_series.periods[positions.year_position] as period,
        complete_series.yearly_values[:positions.year_position] as values_so_far,
        complete_series.yearly_values[positions.year_position] as value_eur,
        complete_series.yearly_values[positions.year_position - 1] as value_before_eur,
        (
            complete_series.yearly_values[positions.year_position - 3]
            + complete_series.yearly_values[positions.year_position - 2]
            + complete_series.yearly_values[positions.year_position - 1]
        ) / 3 as mean_before_eur,
    from complete_series
    inner join positions
        using (source_id, nomenclature)
)

select * from final

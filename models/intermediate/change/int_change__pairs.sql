with

figures as (select * from {{ ref('int_change__figures') }}),
breaks as (select * from {{ ref('int_change__breaks') }}),
paired as (select * from {{ ref('int_change__period_pairs') }}),

lags as (
    select distinct
        series_id,
        period,
        base_period,
    from paired
),

-- A change of the edition is seen from the two figures themselves.
blocks as (
    select
        lags.series_id,
        breaks.product_code,
        lags.period,
        lags.base_period,
        min(breaks.break_kind) as break_kind,
        string_agg(breaks.reason, '; ' order by breaks.break_period, breaks.break_kind) as reason,
    from lags
    inner join breaks
        on
            lags.series_id = breaks.series_id
            and lags.base_period < breaks.break_period
            and lags.period >= breaks.break_period
    where breaks.is_blocking and breaks.break_kind <> 'edition_change'
    group by lags.series_id, breaks.product_code, lags.period, lags.base_period
),

compared as (
    select
        paired.*,
        later.coverage,
        earlier.coverage as coverage_before,
        earlier.top_supplier_iso3 as top_supplier_before_iso3,
        later.top_supplier_iso3 as top_supplier_after_iso3,
        earlier.import_value as import_value_before,
        later.import_value as import_value_after,
        earlier.import_value_eur as import_value_before_eur,
        later.import_value_eur as import_value_after_eur,
        greatest(earlier.value_share_without_mass, later.value_share_without_mass)
            as value_share_without_mass,
        earlier.net_mass_kg as net_mass_before_kg,
        later.net_mass_kg as net_mass_after_kg,
        earlier.hhi_value as hhi_value_before,
        later.hhi_value as hhi_value_after,
        earlier.hhi_mass as hhi_mass_before,
        later.hhi_mass as hhi_mass_after,
        earlier.top_supplier_value_share as top_supplier_value_share_before,
        later.top_supplier_value_share as top_supplier_value_share_after,
        earlier.least_coverage as least_coverage_before,
        later.least_coverage as least_coverage_after,
        case
            when earlier.hs_edition <> later.hs_edition then 'edition_change'
            when blocks.break_kind is not null then blocks.break_kind
            when earlier.period is null then 'no_figures_before'
            when later.period is null then 'no_figures_after'
            when earlier.least_coverage is null or later.least_coverage is null
                then 'partner_list_incomplete'
            when earlier.hhi_value is null or later.hhi_value is null then 'no_known_supplier'
        end as block_kind,
        blocks.reason as break_reason,
    from paired
    left join figures as later
        on paired.cell_number_after = later.cell_number
    left join figures as earlier
        on paired.cell_number_before = earlier.cell_number
    left join blocks
        on
            paired.series_id = blocks.series_id
            and paired.product_code = blocks.product_code
            and paired.period = blocks.period
            and paired.base_period = blocks.base_period
),

final as (
    select
        -- In the order in which marts are sorted.
        cast(row_number() over (
            order by
                reporter_code, product_code, source_id, nomenclature, period, base_period,
                supplier_scope
        ) as integer) as pair_number,
        compared.* exclude (series_id, break_reason),
        case block_kind
            when 'edition_change'
                then
                    'Figures are in ' || nomenclature_before || ' for ' || base_period
                    || ' and in ' || nomenclature || ' for ' || period
            when 'no_figures_before' then 'No figures of imports for ' || base_period
            when 'no_figures_after' then 'No figures of imports for ' || period
            when 'partner_list_incomplete'
                then
                    'The source names only the largest suppliers: one that is missing may be '
                    || 'small or absent'
            when 'no_known_supplier' then 'No supplier is known in one of the periods'
            else break_reason
        end as block_reason,
        block_kind is null as is_comparable,
    from compared
)

select * from final

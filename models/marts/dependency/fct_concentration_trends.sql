{%- set series_key = [
    'reporter_code', 'supplier_scope', 'source_id', 'product_code', 'hs_edition', 'break_count',
    'metric', 'partner_code',
] %}

with

figures as (
    select * from {{ ref('int_change__figures') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

thresholds as (
    select * from {{ ref('stg_reference__change_thresholds') }}
),

named_suppliers as (
    select distinct partner_code
    from thresholds
    where partner_code is not null
),

named_shares as (
    select
        figures.*,
        named_suppliers.partner_code,
        coalesce(supplier_shares.value_share, 0) as value_share,
    from figures
    cross join named_suppliers
    left join supplier_shares
        on
            figures.cell_number = supplier_shares.cell_number
            and named_suppliers.partner_code = supplier_shares.partner_code
),

measured as (
    {%- for metric, column in [
        ('hhi_value', 'hhi_value'),
        ('hhi_mass', 'hhi_mass'),
        ('top_supplier_value_share', 'top_supplier_value_share'),
        ('named_supplier_value_share', 'value_share'),
    ] %}
    select
        reporter_code,
        supplier_scope,
        source_id,
        product_code,
        hs_edition,
        break_count,
        '{{ metric }}' as metric,
        {{ 'partner_code' if metric.startswith('named') else "''" }} as partner_code,
        nomenclature,
        period,
        coverage,
        least_coverage,
        -- Values are rounded first, so that equal values are ties.
        {{ significant(column) }} as metric_value,
    from {{ 'named_shares' if metric.startswith('named') else 'figures' }}
    where {{ column }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

numbered as (
    select
        *,
        dense_rank() over (order by {{ series_key | join(', ') }}) as series_number,
    from measured
),

-- One value a year: where a source has a year in two nomenclatures of one HS edition, no trend
-- can mix them.
series as (
    select
        series_number,
        {%- for column in series_key %}
        any_value({{ column }}) as {{ column }},
        {%- endfor %}
        min_by(nomenclature, period) as nomenclature_first,
        max_by(nomenclature, period) as nomenclature_last,
        min(period) as first_period,
        max(period) as last_period,
        count(*) as period_count,
        count(distinct period) as distinct_period_count,
        min_by(metric_value, period) as first_value,
        max_by(metric_value, period) as last_value,
        bool_and(least_coverage is not null) as has_all_partners,
        bool_or(coverage is not null) as is_partial_partner_list,
    from numbered
    group by series_number
),

pairs_of_periods as (
    select
        earlier.series_number,
        (later.metric_value - earlier.metric_value)
        / (cast(later.period as integer) - cast(earlier.period as integer)) as slope,
        sign(later.metric_value - earlier.metric_value) as direction,
    from numbered as earlier
    inner join numbered as later
        on
            earlier.series_number = later.series_number
            and earlier.period < later.period
),

slopes as (
    select
        series_number,
        median(slope) as theil_sen_slope,
        sum(cast(direction as integer)) as mann_kendall_sum,
    from pairs_of_periods
    group by series_number
),

tied_groups as (
    select
        series_number,
        count(*) as tied_count,
    from numbered
    group by series_number, metric_value
),

ties as (
    select
        series_number,
        sum(tied_count * (tied_count - 1) * (2 * tied_count + 5)) as tie_term,
    from tied_groups
    group by series_number
),

min_periods as (
    select max(threshold_value) as least_period_count
    from thresholds
    where threshold_id = 'min_trend_periods'
),

joined as (
    select
        series.*,
        case
            when not series.has_all_partners then 'partner_list_incomplete'
            when series.period_count > series.distinct_period_count then 'mixed_nomenclatures'
            when series.period_count < min_periods.least_period_count then 'too_few_periods'
        end as block_kind,
        slopes.theil_sen_slope,
        slopes.mann_kendall_sum,
        {{ mann_kendall_variance('series.period_count', 'ties.tie_term') }}
            as mann_kendall_variance,
    from series
    cross join min_periods
    inner join ties
        on series.series_number = ties.series_number
    left join slopes
        on series.series_number = slopes.series_number
),

scored as (
    select
        *,
        {{ mann_kendall_score('mann_kendall_sum', 'mann_kendall_variance') }}
            as mann_kendall_score,
    from joined
),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature_last as nomenclature,
        product_code,
        metric,
        partner_code as partner_iso3,
        first_period,
        last_period,
        nomenclature_first,
        block_kind,
        case block_kind
            when 'partner_list_incomplete'
                then 'The source names only the largest suppliers'
            when 'mixed_nomenclatures'
                then 'A period is given in two nomenclatures'
            when 'too_few_periods'
                then 'Fewer comparable periods than the test of a trend needs'
        end as block_reason,
        cast(period_count as integer) as period_count,
        first_value,
        last_value,
        case when block_kind is null then {{ significant('theil_sen_slope') }} end
            as theil_sen_slope_per_year,
        case when block_kind is null then cast(mann_kendall_sum as integer) end
            as mann_kendall_sum,
        case when block_kind is null then {{ significant('mann_kendall_variance') }} end
            as mann_kendall_variance,
        case
            when block_kind is null then {{ significant('coalesce(mann_kendall_score, 0)') }}
        end as mann_kendall_score,
        case
            when block_kind is null
                then {{ significant(two_sided_normal_p('coalesce(mann_kendall_score, 0)')) }}
        end as mann_kendall_p,
        is_partial_partner_list,
    from scored
)

select * from final
order by
    reporter_code, product_code, source_id, supplier_scope, metric, partner_iso3, first_period

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
        series_id,
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

-- A series has one HS edition and no break.
final as (
    select
        dense_rank() over (
            order by
                reporter_code, supplier_scope, series_id, product_code, hs_edition, break_count,
                metric, partner_code
        ) as series_number,
        *,
    from measured
)

select * from final

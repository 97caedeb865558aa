with

pairs as (
    select * from {{ ref('int_change__pairs') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

thresholds as (
    select * from {{ ref('stg_reference__change_thresholds') }}
    where is_crossing_threshold
),

-- A named supplier that does not appear in a list of all partners has the share zero.
valued as (
    select
        pairs.reporter_code,
        pairs.supplier_scope,
        pairs.source_id,
        pairs.nomenclature,
        pairs.product_code,
        pairs.period,
        pairs.base_period,
        thresholds.threshold_id,
        thresholds.metric,
        thresholds.partner_code,
        pairs.top_supplier_before_iso3,
        pairs.top_supplier_after_iso3,
        pairs.block_kind,
        pairs.block_reason,
        pairs.lag_years,
        thresholds.threshold_value,
        case when pairs.is_comparable
            then
                case thresholds.metric
                    when 'hhi_value' then pairs.hhi_value_before
                    when 'top_supplier_value_share' then pairs.top_supplier_value_share_before
                    when 'named_supplier_value_share'
                        then coalesce(named_before.value_share, 0)
                end
        end as value_before,
        case when pairs.is_comparable
            then
                case thresholds.metric
                    when 'hhi_value' then pairs.hhi_value_after
                    when 'top_supplier_value_share' then pairs.top_supplier_value_share_after
                    when 'named_supplier_value_share'
                        then coalesce(named_after.value_share, 0)
                end
        end as value_after,
        pairs.coverage is not null or pairs.coverage_before is not null
            as is_partial_partner_list,
        pairs.is_comparable,
    from pairs
    cross join thresholds
    {%- for side in ['before', 'after'] %}
    left join supplier_shares as named_{{ side }}
        on
            pairs.cell_number_{{ side }} = named_{{ side }}.cell_number
            and thresholds.partner_code = named_{{ side }}.partner_code
    {%- endfor %}
),

final as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        base_period,
        threshold_id,
        metric,
        partner_code,
        top_supplier_before_iso3,
        top_supplier_after_iso3,
        block_kind,
        block_reason,
        {{ crossing_of('value_before', 'value_after', 'threshold_value') }} as crossing,
        lag_years,
        threshold_value,
        value_before,
        value_after,
        is_partial_partner_list,
        is_comparable,
    from valued
)

select * from final

with

pairs as (select * from {{ ref('int_trade__source_pairs') }}),
imports as (select * from {{ ref('int_trade__compared_imports') }}),
sources as (select * from {{ ref('stg_reference__trade_sources') }}),
thresholds as (select * from {{ ref('change_thresholds') }}),

limits as (
    select
        {%- for threshold in [
            'agreement_value_ratio', 'agreement_share_gap', 'agreement_beyond_share',
            'agreement_conflicts', 'agreement_definition_ratio',
        ] %}
        max(threshold_value) filter (where threshold_id = '{{ threshold }}') as {{ threshold }},
        {%- endfor %}
    from thresholds
),

sides as (
    select
        *,
        unnest([total_number, other_total_number]) as side_number,
    from pairs
),

-- Supplier by supplier, both sides; one that a source does not name is nought there.
by_supplier as (
    select
        sides.total_number,
        sides.other_total_number,
        imports.partner_code,
        any_value(sides.value_eur) as total_eur,
        any_value(sides.other_value_eur) as other_total_eur,
        sum(if(sides.side_number = sides.total_number, imports.value_eur, 0)) as value_eur,
        sum(if(sides.side_number = sides.total_number, 0, imports.value_eur)) as other_value_eur,
        any_value(cast(limits.agreement_value_ratio as decimal(6, 3))) as value_ratio,
    from sides
    inner join imports
        on sides.side_number = imports.total_number
    cross join limits
    group by sides.total_number, sides.other_total_number, imports.partner_code
),

measured as (
    select
        total_number,
        other_total_number,
        max(
            abs(
                cast(value_eur as double) / total_eur
                - cast(other_value_eur as double) / other_total_eur
            )
        ) as largest_share_gap,
        cast(sum(greatest(0, value_eur - value_ratio * other_value_eur)) as double)
        / any_value(total_eur) as own_beyond,
        cast(sum(greatest(0, other_value_eur - value_ratio * value_eur)) as double)
        / any_value(other_total_eur) as other_beyond,
    from by_supplier
    group by total_number, other_total_number
),

bounded as (
    select
        pairs.*,
        limits.*,
        measured.largest_share_gap,
        sources.source_rank + if(pairs.is_partial, 20, 0) as source_rank,
        nullif(others.series_id, sources.series_id) as other_series_id,
        greatest(
            pairs.value_eur / pairs.other_value_eur, pairs.other_value_eur / pairs.value_eur
        ) as value_distance,
        case
            when sources.leaves_goods_out and not others.leaves_goods_out then measured.own_beyond
            when others.leaves_goods_out and not sources.leaves_goods_out
                then measured.other_beyond
        end as beyond_share,
    from pairs
    inner join measured
        using (total_number, other_total_number)
    inner join sources
        on pairs.source_id = sources.source_id
    inner join sources as others
        on pairs.other_source_id = others.source_id
    cross join limits
),

judged as (
    select
        *,
        case
            when
                value_distance <= agreement_value_ratio
                and largest_share_gap <= agreement_share_gap
                then 'agree'
            when
                beyond_share <= agreement_beyond_share
                and value_distance <= agreement_definition_ratio
                then 'differ_by_definition'
            else 'conflict'
        end as verdict,
    from bounded
),

-- Sources of one series are one voice.
conflicts as (
    select
        reporter_code,
        period,
        source_id,
        product_code,
        count(distinct other_series_id) as conflict_count,
    from judged
    where verdict = 'conflict'
    group by reporter_code, period, source_id, product_code
),

counted as (
    select
        judged.*,
        coalesce(conflicts.conflict_count, 0) as conflict_count,
    from judged
    left join conflicts
        using (reporter_code, period, source_id, product_code)
),

final as (
    select
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        other_source_id,
        other_nomenclature,
        other_product_code,
        {{ significant('value_eur') }} as import_value_eur,
        {{ significant('other_value_eur') }} as other_import_value_eur,
        {{ significant('value_eur / other_value_eur') }} as value_ratio,
        top_supplier as top_supplier_iso3,
        {{ significant('top_share') }} as top_supplier_value_share,
        other_top_supplier as other_top_supplier_iso3,
        {{ significant('other_top_share') }} as other_top_supplier_value_share,
        {{ significant('largest_share_gap') }} as largest_share_gap,
        {{ significant('beyond_share') }} as beyond_share,
        verdict,
        cast(source_rank as integer) as source_rank,
        cast(conflict_count as integer) as conflict_count,
        conflict_count >= agreement_conflicts as is_passed_over,
    from counted
)

select * from final
order by reporter_code, product_code, period, source_id, other_source_id

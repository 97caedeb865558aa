with

annual as (
    select * from {{ ref('int_law__import_weights') }}
),

sources as (
    select * from {{ ref('stg_reference__trade_sources') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

links as (
    select
        nomenclature,
        product_code,
        linked_nomenclature,
        linked_code,
    from {{ ref('int_trade__edition_links') }}
    where link = 'same' and basis <> 'waste'
),

thresholds as (
    select * from {{ ref('stg_reference__change_thresholds') }}
),

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

-- Whole subheadings, from sources that name all suppliers; of the EU27 those outside it.
imports as (
    select
        annual.reporter_code,
        annual.source_id,
        annual.nomenclature,
        annual.product_code,
        annual.period,
        annual.partner_code,
        {{ hs_edition('annual.nomenclature') }} as hs_nomenclature,
        left(annual.product_code, 6) as hs6_code,
        annual.coverage is not null as is_partial,
        cast(annual.value_eur as double) as value_eur,
    from annual
    inner join sources
        on annual.source_id = sources.source_id and sources.has_all_suppliers
    left join members
        on annual.partner_code = members.member_iso3
    where
        (length(annual.product_code) = 6 or right(annual.product_code, 2) = '00')
        and annual.value_eur > 0
        and (
            annual.reporter_code <> 'EU27'
            or (members.member_iso3 is null and not starts_with(annual.partner_code, 'EU27'))
        )
),

totals as (
    select
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        hs_nomenclature,
        hs6_code,
        bool_or(is_partial) as is_partial,
        sum(value_eur) as value_eur,
        arg_max(partner_code, (value_eur, partner_code)) as top_supplier,
        max(value_eur) / sum(value_eur) as top_share,
    from imports
    group by
        reporter_code, source_id, nomenclature, product_code, period, hs_nomenclature, hs6_code
),

same_goods as (
    select distinct
        hs_nomenclature,
        hs6_code,
        hs_nomenclature as other_hs_nomenclature,
        hs6_code as other_hs6_code,
    from totals
    union all
    select
        nomenclature as hs_nomenclature,
        product_code as hs6_code,
        linked_nomenclature as other_hs_nomenclature,
        linked_code as other_hs6_code,
    from links
),

pairs as (
    select
        totals.*,
        others.source_id as other_source_id,
        others.nomenclature as other_nomenclature,
        others.product_code as other_product_code,
        others.value_eur as other_value_eur,
        others.top_supplier as other_top_supplier,
        others.top_share as other_top_share,
    from totals
    inner join same_goods
        on
            totals.hs_nomenclature = same_goods.hs_nomenclature
            and totals.hs6_code = same_goods.hs6_code
    inner join totals as others
        on
            same_goods.other_hs_nomenclature = others.hs_nomenclature
            and same_goods.other_hs6_code = others.hs6_code
            and totals.reporter_code = others.reporter_code
            and totals.period = others.period
            and totals.source_id <> others.source_id
),

-- Supplier by supplier, both sides; one that a source does not name is nought there.
sides as (
    {%- for side in ['pairs.', 'pairs.other_'] %}
    select
        pairs.reporter_code,
        pairs.period,
        pairs.source_id,
        pairs.product_code,
        pairs.other_source_id,
        pairs.other_product_code,
        imports.partner_code,
        {{ 'imports.value_eur / pairs.value_eur' if loop.first else '0' }} as value_share,
        {{ 'imports.value_eur / pairs.other_value_eur' if loop.last else '0' }}
            as other_value_share,
        pairs.other_value_eur / pairs.value_eur as other_total_ratio,
    from pairs
    inner join imports
        on
            pairs.reporter_code = imports.reporter_code
            and pairs.period = imports.period
            and {{ side }}source_id = imports.source_id
            and {{ side }}nomenclature = imports.nomenclature
            and {{ side }}product_code = imports.product_code
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

by_supplier as (
    select
        reporter_code,
        period,
        source_id,
        product_code,
        other_source_id,
        other_product_code,
        partner_code,
        sum(value_share) as value_share,
        sum(other_value_share) as other_value_share,
        -- Of the other's total, the part that the source has of the supplier, and the other way.
        sum(value_share) / any_value(other_total_ratio) as share_of_other_total,
        sum(other_value_share) * any_value(other_total_ratio) as other_share_of_total,
    from sides
    group by
        reporter_code, period, source_id, product_code, other_source_id, other_product_code,
        partner_code
),

measured as (
    select
        by_supplier.reporter_code,
        by_supplier.period,
        by_supplier.source_id,
        by_supplier.product_code,
        by_supplier.other_source_id,
        by_supplier.other_product_code,
        max(abs(by_supplier.value_share - by_supplier.other_value_share)) as largest_share_gap,
        sum(
            greatest(
                0,
                by_supplier.value_share
                - limits.agreement_value_ratio * by_supplier.other_share_of_total
            )
        ) as own_beyond,
        sum(
            greatest(
                0,
                by_supplier.other_value_share
                - limits.agreement_value_ratio * by_supplier.share_of_other_total
            )
        ) as other_beyond,
    from by_supplier
    cross join limits
    group by
        by_supplier.reporter_code, by_supplier.period, by_supplier.source_id,
        by_supplier.product_code, by_supplier.other_source_id, by_supplier.other_product_code
),

bounded as (
    select
        pairs.*,
        measured.largest_share_gap,
        sources.source_rank + if(pairs.is_partial, 20, 0) as source_rank,
        case
            when sources.leaves_goods_out and not others.leaves_goods_out then measured.own_beyond
            when others.leaves_goods_out and not sources.leaves_goods_out
                then measured.other_beyond
        end as beyond_share,
    from pairs
    inner join measured
        on
            pairs.reporter_code = measured.reporter_code
            and pairs.period = measured.period
            and pairs.source_id = measured.source_id
            and pairs.product_code = measured.product_code
            and pairs.other_source_id = measured.other_source_id
            and pairs.other_product_code = measured.other_product_code
    inner join sources
        on pairs.source_id = sources.source_id
    inner join sources as others
        on pairs.other_source_id = others.source_id
),

judged as (
    select
        bounded.*,
        limits.agreement_conflicts,
        case
            when
                greatest(
                    bounded.value_eur / bounded.other_value_eur,
                    bounded.other_value_eur / bounded.value_eur
                ) <= limits.agreement_value_ratio
                and bounded.largest_share_gap <= limits.agreement_share_gap
                then 'agree'
            when
                bounded.beyond_share <= limits.agreement_beyond_share
                and greatest(
                    bounded.value_eur / bounded.other_value_eur,
                    bounded.other_value_eur / bounded.value_eur
                ) <= limits.agreement_definition_ratio
                then 'differ_by_definition'
            else 'conflict'
        end as verdict,
    from bounded
    cross join limits
),

counted as (
    select
        *,
        sum(if(verdict = 'conflict', 1, 0)) over (
            partition by reporter_code, period, source_id, product_code
        ) as conflict_count,
    from judged
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

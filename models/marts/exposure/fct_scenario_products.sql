{% set levels = ['p10', 'p50', 'p90'] %}

with

parts as (select * from {{ ref('stg_exposure__parts') }}),
standstill as (select * from {{ ref('int_exposure__standstill_values') }}),
needed as (select * from {{ ref('int_exposure__scenario_needs') }}),
parts_in_scope as (select * from {{ ref('int_exposure__parts_in_scope') }}),
unknown_shares as (select * from {{ ref('int_exposure__unknown_shares') }}),
stock_cover as (select * from {{ ref('fct_stock_cover') }}),
exposure_shares as (select * from {{ ref('fct_exposure_shares') }}),

-- Of a part at several sites the first stock-out counts.
part_cover as (
    select
        scenario_id,
        graph_origin,
        graph_id,
        part_id as needed_part_id,
        bool_and(status in ('known', 'no_use')) as is_known,
        bool_or(status in ('known', 'no_use')) as is_known_somewhere,
        {%- for level in levels %}
        min(stock_out_date_{{ level }}) as date_{{ level }},
        {%- endfor %}
        max(as_of_date) as as_of_date,
    from stock_cover
    where arrivals_case = 'licences_at_quantiles'
    group by scenario_id, graph_origin, graph_id, part_id
),

part_moves as (
    select
        needed.*,
        cover.is_known,
        cover.is_known_somewhere,
        cover.as_of_date,
        {%- for level in levels %}
        cover.date_{{ level }},
        base.date_{{ level }} as base_date_{{ level }},
        {{ days_earlier('base.date_' ~ level, 'cover.date_' ~ level) }} as earlier_{{ level }},
        {%- endfor %}
    from needed
    left join part_cover as cover
        using (scenario_id, graph_origin, graph_id, needed_part_id)
    left join part_cover as base
        on
            base.scenario_id = 'base'
            and needed.graph_origin = base.graph_origin
            and needed.graph_id = base.graph_id
            and needed.needed_part_id = base.needed_part_id
),

-- Where a scenario bears on parts of a product, these count: another part may run out first, with
-- or without it.
covered as (
    select
        scenario_id,
        graph_origin,
        graph_id,
        part_id,
        any_value(scenario_origin) as scenario_origin,
        bool_or(is_supply_lost_in_graph) as is_supply_lost_in_graph,
        bool_or(is_hit) as is_hit,
        count(*) filter (where is_hit) as parts_hit,
        count(*) filter (where is_hit and not coalesce(is_known, false))
            as parts_hit_without_cover,
        count(*) filter (where needed_part_id <> part_id) as parts_needed,
        count(*) filter (where is_known and needed_part_id <> part_id)
            as parts_with_cover,
        {%- set counts = 'is_hit or not is_product_hit' %}
        coalesce(bool_or(is_known_somewhere) filter (where {{ counts }}), false)
            as has_cover,
        {%- for level in levels %}
        min(date_{{ level }}) filter (where {{ counts }}) as date_{{ level }},
        min(base_date_{{ level }}) filter (where {{ counts }}) as base_date_{{ level }},
        max(earlier_{{ level }}) filter (where is_hit and is_known_somewhere) as most_{{ level }},
        {%- endfor %}
        min_by(needed_part_id, cast(date_p10 as varchar) || needed_part_id)
        filter (where {{ counts }}) as first_part_id,
        max(as_of_date) as as_of_date,
    from part_moves
    group by scenario_id, graph_origin, graph_id, part_id
),

-- If the parts that run out first are replaced in time, the shift of another counts: at most the
-- largest. Where the cover of a part that is hit is unknown, nothing bounds it.
spans as (
    select
        *,
        case
            when not is_hit then 0
            when has_cover
                then
                    least(
                        {%- for level in levels %}
                        {{ days_earlier('base_date_' ~ level, 'date_' ~ level) }}
                        {{- ',' if not loop.last }}
                        {%- endfor %}
                    )
        end as earlier_low,
        case when is_hit then most_p50 else 0 end as earlier_p50,
        case
            when not is_hit then 0
            when parts_hit_without_cover = 0 then greatest(most_p10, most_p50, most_p90)
        end as earlier_high,
    from covered
),

lost as (
    select *
    from exposure_shares
    where evidence_scope = 'all' and target_kind = 'lost_supply'
),

final as (
    select
        spans.scenario_id,
        {{ graph_data_origin('spans.graph_origin', 'spans.scenario_origin') }} as data_origin,
        spans.graph_origin,
        spans.graph_id,
        spans.part_id,
        parts.part_name,
        case
            when not spans.has_cover then 'unknown'
            when spans.parts_with_cover < spans.parts_needed then 'of_known_parts'
            else 'known'
        end as cover_status,
        spans.first_part_id,
        nullif(
            concat_ws(
                '; ',
                case
                    when not spans.has_cover
                        then 'days unknown: enter stock and use of parts that it needs'
                    when spans.parts_hit_without_cover > 0
                        then
                            'most days unknown: enter stock and use of parts that are hit, '
                            || spans.parts_hit_without_cover || ' lack them'
                end,
                case
                    when standstill.eur_per_day_high is null
                        then 'euro unknown: enter the value lost per day of standstill'
                end
            ),
            ''
        ) as missing_inputs,
        spans.parts_needed,
        spans.parts_with_cover,
        spans.parts_hit,
        spans.parts_hit_without_cover,
        coalesce(lost.exposure_low, 0) as supply_lost_low,
        case when lost.part_id is null then 0 else lost.exposure_share end as supply_lost_share,
        coalesce(
            lost.exposure_high,
            case when spans.is_supply_lost_in_graph then unknown_shares.unknown_supply else 0 end
        ) as supply_lost_high,
        case when isfinite(spans.earlier_low) then spans.earlier_low end as days_earlier_low,
        case when isfinite(spans.earlier_p50) then spans.earlier_p50 end as days_earlier_p50,
        case when isfinite(spans.earlier_high) then spans.earlier_high end as days_earlier_high,
        standstill.eur_per_day_low as standstill_eur_per_day_low,
        standstill.eur_per_day_high as standstill_eur_per_day_high,
        case
            when spans.earlier_low <= 0 then 0
            when spans.earlier_low < cast('inf' as double)
                then
                    {{ significant('spans.earlier_low * standstill.eur_per_day_low') }}
        end as value_at_risk_low_eur,
        case
            when spans.earlier_high <= 0 then 0
            when spans.earlier_high < cast('inf' as double)
                then
                    {{ significant('spans.earlier_high * standstill.eur_per_day_high') }}
        end as value_at_risk_high_eur,
        {%- for level in levels %}
        spans.date_{{ level }} as first_stock_out_date_{{ level }},
        {%- endfor %}
        spans.base_date_p50 as base_first_stock_out_date_p50,
        spans.as_of_date,
    from spans
    left join lost
        using (scenario_id, graph_origin, graph_id, part_id)
    inner join parts
        on
            spans.graph_origin = parts.data_origin
            and spans.graph_id = parts.graph_id
            and spans.part_id = parts.part_id
    inner join parts_in_scope
        on
            spans.graph_origin = parts_in_scope.data_origin
            and spans.graph_id = parts_in_scope.graph_id
            and spans.part_id = parts_in_scope.part_id
            and parts_in_scope.evidence_scope = 'all'
    inner join unknown_shares
        on
            parts_in_scope.part_number = unknown_shares.part_number
            and unknown_shares.tiers = {{ var('exposure_tiers') }}
    left join standstill
        on
            spans.graph_origin = standstill.data_origin
            and spans.graph_id = standstill.graph_id
            and spans.part_id = standstill.part_id
)

select * from final
order by scenario_id, graph_origin, graph_id, part_id

with

network_flows as (
    select * from {{ ref('int_trade__network_flows') }}
),

page_ranks as (
    select * from {{ ref('int_trade__network_page_ranks') }}
),

hub_scores as (
    select * from {{ ref('int_trade__network_hub_scores') }}
),

exporters as (
    select
        network_number,
        exporter_iso3,
        any_value(source_id) as source_id,
        any_value(nomenclature) as nomenclature,
        any_value(product_code) as product_code,
        any_value(period) as period,
        any_value(currency) as currency,
        any_value(usd_per_eur) as usd_per_eur,
        any_value(is_in_latest_three_years) as is_in_latest_three_years,
        sum(value_in_currency) as export_value,
        count(*) as importer_count,
        count(*) filter (where 10 * value_in_currency > 3 * import_value_in_currency)
            as weighted_out_degree,
    from network_flows
    group by network_number, exporter_iso3
),

compared as (
    select
        *,
        cast(export_value as double)
        / cast(sum(export_value) over (partition by network_number) as double)
            as world_export_share,
        row_number() over (
            partition by network_number
            order by export_value desc, exporter_iso3
        ) as export_rank,
    from exporters
),

final as (
    select
        compared.source_id,
        compared.nomenclature,
        compared.product_code,
        compared.period,
        compared.exporter_iso3,
        case
            when not compared.is_in_latest_three_years
                then 'not computed before the latest three years of the source'
            when not hub_scores.is_settled then 'hub score not settled after 2000 steps'
        end as missing_score_reason,
        cast(compared.export_rank as integer) as export_rank,
        cast(compared.importer_count as integer) as importer_count,
        cast(compared.weighted_out_degree as integer) as weighted_out_degree,
        {{ significant(in_eur(
            'compared.export_value', 'compared.currency', 'compared.usd_per_eur'
        )) }} as export_value_eur,
        {{ significant('compared.world_export_share') }} as world_export_share,
        {{ significant('page_ranks.page_rank') }} as page_rank,
        case when hub_scores.is_settled then {{ significant('hub_scores.hub_score') }} end
            as hub_score,
    from compared
    left join page_ranks
        on
            compared.network_number = page_ranks.network_number
            and compared.exporter_iso3 = page_ranks.country_iso3
    left join hub_scores
        on
            compared.network_number = hub_scores.network_number
            and compared.exporter_iso3 = hub_scores.exporter_iso3
)

select * from final
order by source_id, nomenclature, product_code, period, export_rank

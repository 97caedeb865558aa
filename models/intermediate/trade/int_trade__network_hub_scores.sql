with recursive

network_flows as (
    select * from {{ ref('int_trade__network_flows') }}
),

recent_flows as (
    select
        network_number,
        exporter_iso3,
        importer_iso3,
        cast(value_in_currency as double) / cast(import_value_in_currency as double)
            as import_share,
    from network_flows
    where is_in_latest_three_years
),

exporters as (
    select distinct
        network_number,
        exporter_iso3,
    from recent_flows
),

-- S S', S the import shares: how far two exporters supply the same importers.
common_markets as (
    select
        flows.network_number,
        flows.exporter_iso3,
        others.exporter_iso3 as other_iso3,
        {{ sum_in_any_order('flows.import_share * others.import_share') }} as overlap,
    from recent_flows as flows
    inner join recent_flows as others
        on
            flows.network_number = others.network_number
            and flows.importer_iso3 = others.importer_iso3
    group by flows.network_number, flows.exporter_iso3, others.exporter_iso3
),

matrix_rows as (
    select
        exporters.network_number,
        exporters.exporter_iso3,
        list(coalesce(common_markets.overlap, 0) order by others.exporter_iso3) as matrix_row,
    from exporters
    inner join exporters as others
        on exporters.network_number = others.network_number
    left join common_markets
        on
            exporters.network_number = common_markets.network_number
            and exporters.exporter_iso3 = common_markets.exporter_iso3
            and others.exporter_iso3 = common_markets.other_iso3
    group by exporters.network_number, exporters.exporter_iso3
),

matrices as (
    select
        network_number,
        list(exporter_iso3 order by exporter_iso3) as exporter_codes,
        list(matrix_row order by exporter_iso3) as matrix,
    from matrix_rows
    group by network_number
),

-- Power iteration, one row per network and step; a network leaves when a step moves its scores
-- by no more than 1e-11. Lists are ordered, so that the sums are too.
steps as (
    select
        network_number,
        exporter_codes,
        matrix,
        list_transform(matrix, lambda matrix_row: cast(1 as double) / len(matrix)) as scores,
        cast(1 as double) as movement,
        0 as step_number,
    from matrices
    union all
    select
        network_number,
        exporter_codes,
        matrix,
        next_scores as scores,
        list_distance(scores, next_scores) as movement,
        step_number + 1 as step_number,
    from (
        select
            network_number,
            exporter_codes,
            matrix,
            scores,
            step_number,
            list_transform(products, lambda product: product / list_sum(products)) as next_scores,
        from (
            select
                network_number,
                exporter_codes,
                matrix,
                scores,
                step_number,
                list_transform(matrix, lambda matrix_row: list_dot_product(matrix_row, scores))
                    as products,
            from steps
            where movement > 1e-11 and step_number < 2000
        ) as multiplied
    ) as scaled
),

last_steps as (
    select
        network_number,
        exporter_codes,
        scores,
        movement,
        step_number,
    from steps
    qualify row_number() over (partition by network_number order by step_number desc) = 1
),

final as (
    select
        network_number,
        unnest(exporter_codes) as exporter_iso3,
        unnest(scores) as hub_score,
        step_number as steps_taken,
        movement <= 1e-11 as is_settled,
    from last_steps
)

select * from final

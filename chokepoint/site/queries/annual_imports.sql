-- One row per importer, scope of suppliers, source, product and year that had ended by the day:
-- imports and how concentrated they are. `is_passed_over`: two other sources contradict the figure.
-- `doubt`: why its share proves nothing; `other_reading`: what a source says that contradicts it.
select
    concentration.*,
    sources.series_id,
    sources.source_name,
    sources.source_rank,
    agreed.source_id is not null as is_passed_over,
    disputed.other_reading,
    case
        when disputed.source_id is not null then 'sources disagree'
        when concentration.is_small_cell then 'small trade'
    end as doubt,
from marts.fct_import_concentration as concentration
inner join marts.dim_trade_source as sources using (source_id)
left join (
    from marts.fct_source_bounds
    where is_furthest and agreement = 'sources_disagree'
) as disputed
    using (reporter_code, supplier_scope, source_id, nomenclature, product_code, period)
left join (
    select distinct on (reporter_code, source_id, product_code, period) *
    from marts.fct_source_agreement
    where is_passed_over
) as agreed
    using (reporter_code, source_id, product_code, period)
where
    concentration.frequency = 'annual'
    and cast(concentration.period || '-12-31' as date) < getvariable('as_of');

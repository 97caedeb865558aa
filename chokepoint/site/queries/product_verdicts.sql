-- One row per product, series of sources, year and published definition of dependency: the
-- verdict, from the source that counts for the year.
select
    verdicts.*,
    sources.series_id,
    definitions.source_title,
from marts.fct_dependency_verdicts as verdicts
inner join marts.dim_dependency_definition as definitions using (definition_id)
inner join marts.dim_trade_source as sources using (source_id)
where
    verdicts.reporter_code = 'EU27'
    and length(verdicts.period) = 4
    and cast(verdicts.period || '-12-31' as date) < getvariable('as_of')
qualify
    dense_rank() over (
        partition by verdicts.product_code, sources.series_id, verdicts.period
        order by sources.source_rank
    ) = 1
order by verdicts.product_code, sources.series_id, verdicts.definition_name, verdicts.period;

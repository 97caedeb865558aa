-- A5: Is an importer dependent on others for a product, and by which definition?
-- One row per year, source, nomenclature and published definition: the verdict and the indicator
-- that decided it. `reason` lists every condition with value and threshold. No sources are mixed.
-- `source_role`: `used` is the source to rely on. `beside` it are other sources, also with another
-- code of the same goods. `passed over`: two other sources of the same goods contradict it.
-- `other_sources` gives the figure of each of them and whether it agrees.
-- Certainty: `as_defined`, or `as_cited` where the primary text was not read. `approximation`: the
-- definition cannot be applied in full. `partial_coverage`: the source lists the largest flows.
-- `approximation_on_partial_coverage` is both. `small_cell`, `unknown` or `not_applicable`: no
-- `sources_disagree`: another source contradicts the imports by more than freight explains.
-- There is a verdict only where both readings give it.
-- verdict.
-- param: product code 'HS6 or CN8 code; default: 850511, permanent magnets of metal'
-- param: year text 'Year; default: 2024'
-- param: from text 'First year of several; default: that one year'
-- param: to text 'Last year of several; default: the latest'
-- param: reporter place 'Importing country (DE, DEU, Germany) or EU27; default: EU27'
-- found in: marts.fct_dependency_verdicts product=product_code year=period reporter=reporter_code
-- short: definition_name, period, is_dependent, certainty, decided_by, value, threshold
-- short: source_role, source_id, reason
-- first: 'year, and role of the source'
with

asked as (
    select
        coalesce(cast(getvariable('product') as varchar), '850511') as product_code,
        years.period,
        places.place_code as reporter_code,
        if(places.place_code = 'EU27', 'extra_eu', 'all') as supplier_scope,
        coalesce(getvariable('from'), getvariable('to')) is null as is_one_year,
    from reports.place(coalesce(cast(getvariable('reporter') as varchar), 'EU27')) as places
    cross join (select distinct period from marts.fct_dependency_verdicts) as years
    where if(
        is_one_year,
        years.period = coalesce(cast(getvariable('year') as varchar), '2024'),
        years.period between coalesce(cast(getvariable('from') as varchar), '')
        and coalesce(cast(getvariable('to') as varchar), '9999')
    )
),

-- The suppliers that the importer's concentration is about: of the EU27 those outside it.
suppliers as (
    select
        shares.source_id,
        shares.nomenclature,
        shares.period,
        string_agg(
            shares.partner_iso3 || ' ' || printf('%.1f', 100 * shares.value_share) || '%',
            ', '
            order by shares.supplier_rank
        ) as top_suppliers,
        count(*) over (partition by any_value(sources.series_id)) as year_count,
    from marts.fct_partner_shares as shares
    inner join marts.dim_trade_source as sources using (source_id)
    semi join asked using (reporter_code, product_code, period, supplier_scope)
    where shares.supplier_rank <= 3
    group by shares.source_id, shares.nomenclature, shares.period
),

agreement as (
    select
        agreed.source_id,
        agreed.nomenclature,
        agreed.period,
        any_value(agreed.source_rank) as source_rank,
        bool_or(agreed.is_passed_over) as is_passed_over,
        min(backs.source_rank + if(backs.is_passed_over, 100, 0)) as best_other_rank,
        string_agg(other.said, '; ' order by other.said) as other_sources,
        string_agg(other.said, '; ' order by other.said) filter (agreed.verdict = 'conflict')
            as conflicts,
    from marts.fct_source_agreement as agreed
    semi join asked using (reporter_code, product_code, period)
    inner join marts.fct_source_agreement as backs
        on
            agreed.reporter_code = backs.reporter_code
            and agreed.period = backs.period
            and agreed.other_source_id = backs.source_id
            and agreed.other_product_code = backs.product_code
            and agreed.source_id = backs.other_source_id
            and agreed.product_code = backs.other_product_code
    cross join lateral (
        select
            printf(
                '%s: %s (%s %s, EUR %.1f million, %s %.1f %%)', replace(agreed.verdict, '_', ' '),
                agreed.other_source_id, agreed.other_nomenclature, agreed.other_product_code,
                agreed.other_import_value_eur / 1e6, agreed.other_top_supplier_iso3,
                100 * agreed.other_top_supplier_value_share
            ) as said
    ) as other
    group by agreed.source_id, agreed.nomenclature, agreed.period
),

bounds as (
    select
        bounds.source_id,
        bounds.nomenclature,
        bounds.period,
        case bounds.agreement
            when 'sources_disagree'
                then
                    ' Sources disagree: ' || bounds.other_reading
                    || '. Neither is shown to be right.'
            when 'sources_agree'
                then
                    printf(
                        ' Two sources agree: by %s EUR %.1f million, %s %.1f%%.',
                        others.source_name, bounds.other_total_value_eur / 1e6,
                        bounds.other_top_supplier_iso3, 100 * bounds.other_top_share_low
                    )
        end as said,
    from marts.fct_source_bounds as bounds
    semi join asked using (reporter_code, product_code, period)
    inner join marts.dim_trade_source as others
        on bounds.other_source_id = others.source_id
    where bounds.is_furthest
    qualify
        row_number() over (
            partition by bounds.source_id, bounds.nomenclature, bounds.period
            order by bounds.supplier_scope desc
        ) = 1
)

select
    verdicts.definition_name,
    verdicts.is_dependent,
    verdicts.certainty,
    verdicts.decisive_indicator_id as decided_by,
    round(verdicts.decisive_value, 4) as value,
    verdicts.decisive_threshold as threshold,
    verdicts.conditions_met || ' of ' || verdicts.condition_count as conditions_met,
    verdicts.reason,
    case
        when agreement.is_passed_over then 'passed over'
        when agreement.best_other_rank < agreement.source_rank then 'beside'
        when
            verdicts.source_id = first_value(verdicts.source_id) over (
                partition by verdicts.period
                order by
                    coalesce(agreement.is_passed_over, false),
                    coalesce(agreement.source_rank, sources.source_rank, 99),
                    verdicts.source_id
            )
            then 'used'
        else 'beside'
    end as source_role,
    verdicts.source_id,
    verdicts.nomenclature,
    verdicts.product_code,
    verdicts.period,
    round(verdicts.import_value_eur / 1e6, 1) as import_value_meur,
    suppliers.top_suppliers,
    round(100 * unknown.unknown_partner_value_share, 1) as unknown_partner_pct,
    'partly listed: ' || unknown.coverage as note,
    agreement.other_sources,
    definitions.source_title,
    -- Several years are told by the series that has most of them.
    if(asked.is_one_year or verdicts.source_id || verdicts.nomenclature = first_value(
        verdicts.source_id || verdicts.nomenclature
    ) over (
        partition by verdicts.period
        order by
            coalesce(agreement.is_passed_over, false), suppliers.year_count desc nulls last,
            sources.source_rank, verdicts.nomenclature
    ), 'Of the '
    || count(verdicts.is_dependent) over by_source
    || ' definitions that can judge ' || verdicts.product_code || ' for '
    || verdicts.reporter_code || ' in ' || verdicts.period || ' by '
    || coalesce(sources.source_name, verdicts.source_id) || ', '
    || count(*) filter (where verdicts.is_dependent) over by_source
    || ' say dependent. Largest suppliers: '
    || coalesce(suppliers.top_suppliers, 'not known') || '.'
    || if(source_role = 'beside', ' Another source of the year comes first.', '')
    || coalesce(bounds.said, '')
    || coalesce(' In ' || agreement.conflicts || '.', ''), null) as total_in_words,
from marts.fct_dependency_verdicts as verdicts
inner join asked
    using (reporter_code, product_code, period)
inner join marts.dim_dependency_definition as definitions
    on verdicts.definition_id = definitions.definition_id
left join suppliers
    using (source_id, nomenclature, period)
-- What of the imports has no known supplier, and what the source lists of them.
left join marts.fct_import_concentration as unknown
    using (source_id, nomenclature, reporter_code, product_code, period, supplier_scope)
left join agreement
    using (source_id, nomenclature, period)
left join bounds
    using (source_id, nomenclature, period)
left join marts.dim_trade_source as sources
    on verdicts.source_id = sources.source_id
window by_source as (partition by verdicts.source_id, verdicts.nomenclature, verdicts.period)
order by
    verdicts.period desc, coalesce(agreement.is_passed_over, false), source_role desc,
    verdicts.source_id, verdicts.nomenclature, verdicts.definition_id;

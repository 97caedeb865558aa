-- A5: Is an importer dependent on others for a product, and under whose definition?
-- One row per source, nomenclature and published definition: the verdict, the indicator that
-- decided it, and in `reason` every condition with value and threshold. Sources are never mixed.
-- Certainty: `as_defined`, or `as_cited` where the primary text was not read; `approximation` (the
-- definition cannot be applied in full); `partial_coverage` (the source lists the largest flows);
-- `approximation_on_partial_coverage`; `small_cell`, `unknown` or
-- `not_applicable` where no verdict is given.
-- param: product code 'HS6 or CN8 code; default: 850511, permanent magnets of metal'
-- param: year text 'Year; default: 2024'
-- param: reporter place 'EU27 or ISO alpha-3; default: EU27'
-- found in: marts.fct_dependency_verdicts product=product_code year=period reporter=reporter_code
with

asked as (
    select
        coalesce(cast(getvariable('product') as varchar), '850511') as product_code,
        coalesce(cast(getvariable('year') as varchar), '2024') as period,
        coalesce(cast(getvariable('reporter') as varchar), 'EU27') as reporter_code,
),

-- The suppliers that the importer's concentration is about: of the EU27 those outside it.
suppliers as (
    select
        shares.source_id,
        shares.nomenclature,
        string_agg(
            shares.partner_iso3 || ' ' || printf('%.1f', 100 * shares.value_share) || ' %',
            ', '
            order by shares.supplier_rank
        ) as top_suppliers,
    from marts.fct_partner_shares as shares, asked
    where
        shares.reporter_code = asked.reporter_code
        and shares.product_code = asked.product_code
        and shares.period = asked.period
        and shares.supplier_scope
        = case when asked.reporter_code = 'EU27' then 'extra_eu' else 'all' end
        and shares.supplier_rank <= 3
    group by shares.source_id, shares.nomenclature
),

-- What of the imports has no known supplier.
unknown as (
    select
        concentration.source_id,
        concentration.nomenclature,
        concentration.unknown_partner_value_share,
    from marts.fct_import_concentration as concentration, asked
    where
        concentration.reporter_code = asked.reporter_code
        and concentration.product_code = asked.product_code
        and concentration.period = asked.period
        and concentration.supplier_scope
        = case when asked.reporter_code = 'EU27' then 'extra_eu' else 'all' end
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
    verdicts.source_id,
    verdicts.nomenclature,
    verdicts.product_code,
    verdicts.period,
    round(verdicts.import_value_eur / 1e6, 1) as import_value_meur,
    suppliers.top_suppliers,
    round(100 * unknown.unknown_partner_value_share, 1) as unknown_partner_pct,
    definitions.source_title,
from marts.fct_dependency_verdicts as verdicts
inner join asked
    on
        verdicts.reporter_code = asked.reporter_code
        and verdicts.product_code = asked.product_code
        and verdicts.period = asked.period
inner join marts.dim_dependency_definition as definitions
    on verdicts.definition_id = definitions.definition_id
left join suppliers
    on
        verdicts.source_id = suppliers.source_id
        and verdicts.nomenclature = suppliers.nomenclature
left join unknown
    on
        verdicts.source_id = unknown.source_id
        and verdicts.nomenclature = unknown.nomenclature
order by verdicts.source_id, verdicts.nomenclature, verdicts.definition_id;

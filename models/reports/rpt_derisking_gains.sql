{{ config(
    materialized='table_function',
    alias='derisking_gains',
    parameters=[
        'reporter', 'from_year', 'to_year', 'supplier_scope := null', 'as_of := null',
        'codes := null'
    ],
    contract={'enforced': false}
) }}

with

asked as (
    select
        {{ asked_place('reporter') }} as asked_reporter,
        coalesce(cast(as_of as date), current_date) as asked_on,
        {{ asked_scope('reporter', 'supplier_scope') }} as asked_scope,
        cast(from_year as varchar) as asked_from,
        cast(to_year as varchar) as asked_to,
        cast(codes as varchar[]) as asked_codes,
),

-- Products whose largest supplier of the first year surely lost share: on a partial list of
-- partners `unclear` may be none, and sources that disagree may tell of another.
losses as (
    select
        derisking.*,
        asked.asked_on,
        -derisking.value_share_change * derisking.import_value_after_eur as moved_eur,
    from {{ ref('fct_derisking') }} as derisking
    inner join asked
        on
            derisking.reporter_code = asked.asked_reporter
            and derisking.supplier_scope = asked.asked_scope
            and derisking.base_period = asked.asked_from
            and derisking.period = asked.asked_to
    where
        derisking.is_top_before
        and derisking.value_share_change < 0
        and derisking.verdict not in ('unclear', 'sources_disagree')
        and (
            asked.asked_codes is null
            or list_contains(asked.asked_codes, derisking.product_code)
        )
),

-- Each that gained, with its part of all gains: of what moved away it is taken to have as much.
gains as (
    select
        losses.source_id,
        losses.nomenclature,
        losses.product_code,
        losses.partner_iso3 as top_supplier_iso3,
        losses.moved_eur,
        losses.asked_on,
        losses.reporter_code,
        changes.partner_iso3 as gainer_iso3,
        changes.change_kind in ('unknown_partner', 'newly_listed') as is_gain_unknown,
        case when changes.change_kind <> 'newly_listed' then changes.value_share_before end
            as share_before,
        changes.value_share_after as share_after,
        changes.value_share_after - changes.value_share_before as gain,
        losses.moved_eur * gain / sum(gain) over (
            partition by losses.source_id, losses.nomenclature, losses.product_code
        ) as gained_eur,
    from losses
    inner join {{ ref('fct_hhi_changes') }} as changes
        on
            losses.reporter_code = changes.reporter_code
            and losses.supplier_scope = changes.supplier_scope
            and losses.source_id = changes.source_id
            and losses.nomenclature = changes.nomenclature
            and losses.product_code = changes.product_code
            and losses.period = changes.period
            and losses.base_period = changes.base_period
            and losses.partner_iso3 <> changes.partner_iso3
    where changes.value_share_after > changes.value_share_before
),

in_force as (
    select
        states.measure_id,
        states.clause_id,
        states.destination,
    from {{ ref('rpt_measure_state') }}(as_of, null) as states
    where states.state = 'in_force' and states.claim_group = 'base'
),

-- Measures of the country that gained, on the product and addressed to the importer.
own_measures as (
    select
        gains.source_id,
        gains.nomenclature,
        gains.product_code,
        gains.gainer_iso3,
        string_agg(distinct scope.measure_id, '; ' order by scope.measure_id) as measure_ids,
        string_agg(
            distinct coalesce(acts.instrument_no, acts.title), '; '
            order by coalesce(acts.instrument_no, acts.title)
        ) as measure_names,
    from gains
    inner join {{ ref('bridge_measure_exporters') }} as exporters
        on gains.gainer_iso3 = exporters.country_iso3
    inner join {{ ref('bridge_product_coverage') }} as scope
        on
            exporters.measure_id = scope.measure_id
            and gains.nomenclature = scope.nomenclature
            and gains.product_code = scope.product_code
            and scope.coverage <> 'may_overlap'
    inner join {{ ref('bridge_measure_destinations') }} as importers
        on
            scope.measure_id = importers.measure_id
            and scope.clause_id = importers.clause_id
            and gains.reporter_code = importers.country_code
            and gains.asked_on >= importers.known_from
            and (importers.known_to is null or gains.asked_on < importers.known_to)
    inner join {{ ref('dim_act') }} as acts
        on scope.measure_id = acts.act_id
    inner join in_force
        on
            scope.measure_id = in_force.measure_id
            and scope.clause_id = in_force.clause_id
            and importers.destination = in_force.destination
    group by gains.source_id, gains.nomenclature, gains.product_code, gains.gainer_iso3
)

select
    gains.source_id,
    gains.nomenclature,
    gains.product_code,
    gains.top_supplier_iso3,
    gains.moved_eur,
    gains.gainer_iso3,
    gains.is_gain_unknown,
    gains.share_before,
    gains.share_after,
    gains.gained_eur,
    own_measures.measure_ids as own_measure_ids,
    own_measures.measure_names as own_measures,
    countries.governance_rank,
    countries.governance_ranked_countries,
    3 * countries.governance_rank > 2 * countries.governance_ranked_countries as is_weakly_governed,
from gains
left join own_measures
    using (source_id, nomenclature, product_code, gainer_iso3)
left join {{ ref('dim_country') }} as countries
    on gains.gainer_iso3 = countries.country_iso3
order by gains.source_id, gains.product_code, gains.gained_eur desc, gains.gainer_iso3

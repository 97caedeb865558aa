-- A12b: Which EU sectors rely on a country, directly and indirectly, and for which materials?
-- One row per sector and country, or per material and division whose supply from it stops. Low
-- counts direct inputs, high all inputs, indirect ones included: never add highs of several
-- countries. Lost value added is a bound for a stop without replacement. It runs from full
-- substitution at constant cost shares to almost none. A wide bound means that the cost of the
-- material says little.
-- Certainty: `2022 tables`; `bound`, or `bound by shock only` where no cost share is known.
-- param: country place 'Supplying country (CN, CHN, China); default: CHN'
-- param: sector text 'Sector code as C26, or NACE division; default: all'
-- gone: top 'use --all'
-- short: answer, name, certainty, material, low_pct, high_pct, lost_low_meur, lost_high_meur
-- first: place 'size within each kind'
with

asked as (
    select
        coalesce(upper(trim(cast(getvariable('country') as varchar))), 'CHN') as country,
        upper(trim(cast(getvariable('sector') as varchar))) as sector,
),

sectors as (
    select
        'sector_inputs' as answer,
        reliance.sector_code,
        reliance.sector_name as name,
        round(100 * reliance.direct_inputs_per_output, 3) as low_pct,
        round(100 * reliance.total_requirement_per_output, 3) as high_pct,
        round(100 * reliance.of_which_from_c26_per_output, 3) as of_which_electronics_pct,
        reliance.source_period || ' tables' as certainty,
        reliance.total_requirement_per_output as size,
    from marts.fct_sector_input_reliance as reliance
    inner join asked
        on reliance.source_country_code = asked.country
    where coalesce(reliance.sector_code = asked.sector, asked.sector is null)
),

materials as (
    select
        'value_added_at_risk' as answer,
        at_risk.nace_division as sector_code,
        at_risk.nace_label as name,
        at_risk.material,
        round(100 * at_risk.loss_share_low, 3) as low_pct,
        round(100 * at_risk.loss_share_high, 3) as high_pct,
        round(100 * at_risk.shock_low, 1) as shock_low_pct,
        round(100 * at_risk.shock_high, 1) as shock_high_pct,
        round(at_risk.value_added_lost_low_meur, 1) as lost_low_meur,
        round(at_risk.value_added_lost_high_meur, 1) as lost_high_meur,
        case at_risk.alpha_high_basis
            when 'computed' then 'bound'
            else 'bound by shock only'
        end as certainty,
        at_risk.value_added_lost_high_meur as size,
    from marts.fct_value_added_at_risk as at_risk
    inner join asked
        on at_risk.shock_country_iso3 = asked.country
    where
        at_risk.reason is null
        and at_risk.shock_low > 0
        and coalesce(at_risk.nace_division = asked.sector, asked.sector is null)
),

both_kinds as (
    select * from sectors
    union all by name
    select * from materials
),

ranked as (
    select
        *,
        row_number() over (
            partition by answer order by size desc, sector_code, material
        ) as place,
    from both_kinds
)

select
    ranked.answer,
    ranked.sector_code,
    ranked.name,
    ranked.material,
    ranked.certainty,
    ranked.low_pct,
    ranked.high_pct,
    ranked.of_which_electronics_pct,
    ranked.shock_low_pct,
    ranked.shock_high_pct,
    ranked.lost_low_meur,
    ranked.lost_high_meur,
    ranked.place,
    if(
        ranked.answer = 'sector_inputs',
        'Most reliant sector of the EU27 on ' || asked.country || ': '
        || first(ranked.name) over of_answer || '. Inputs from there, per 100 of output: '
        || printf('%.1f', first(ranked.low_pct) over of_answer) || ' direct, '
        || printf('%.1f', first(ranked.high_pct) over of_answer) || ' with indirect ones.',
        'Largest bound of value added lost if a material from ' || asked.country || ' stops: '
        || first(ranked.material || ' in ' || ranked.name) over of_answer || ', EUR '
        || format('{:,.1f}', first(ranked.lost_low_meur) over of_answer) || ' to '
        || format('{:,.1f}', first(ranked.lost_high_meur) over of_answer) || ' million a year.'
    ) as total_in_words,
from ranked
cross join asked
window of_answer as (partition by ranked.answer order by ranked.place)
order by ranked.answer, ranked.place;

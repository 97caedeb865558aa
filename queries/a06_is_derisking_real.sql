-- A6: Is de-risking real? Which supplier's share crossed a threshold within 24 months, and why?
-- One row per product and source: the supplier's share then and now, and a verdict. The change is
-- split into the supplier's own volume, the mix of the other suppliers, and prices. The parts add
-- up to the change, with unsplit_pp for what cannot be split. Sources are never mixed.
-- `total_in_words` covers all products asked for in one answer (reports.derisking_summary).
-- `gained_by`: where the largest supplier lost share, the three that gained most, with their rank
-- in governance and their own measures on the product.
-- `source_role`: `used` is the source to quote, by rank and unless two others contradict it.
-- Certainty: `complete`, or what the verdict leaves out, or `no verdict`. `not judged`: a supplier
-- that is neither named nor the largest in either year. `sources_disagree`: another source
-- contradicts the imports of a year, and both give the verdict. Where they do not, that is the
-- verdict. `other_...` is the share by that source, from the least to the greatest.
-- param: product code 'HS6 or CN8 code, or its first digits; default: all bundled products'
-- param: reporter place 'EU27, a member (DE, DEU, Germany), USA, JPN, KOR, GBR, IND; default: EU27'
-- param: year text 'Year that is compared with the one 24 months earlier; default: 2024'
-- param: threshold share 'Share from one country that counts as crossed, 0 to 1; default: 0.65'
-- param: partner place 'Supplying country (CN, CHN, China), or ANY for all followed; default: CHN'
-- known: partner as ANY
-- param: supplier_scope text 'extra_eu or all; default: extra_eu, of importers outside the EU all'
-- found in: marts.fct_derisking year=period reporter=reporter_code supplier_scope=supplier_scope
-- short: product_code, partner_iso3, certainty, verdict, share_before_pct, share_after_pct
-- short: source_role, source_id, import_value_meur, gained_by
-- first: 'verdict'
with

asked as (
    select
        coalesce(cast(getvariable('product') as varchar), '') as product,
        reporters.place_code as reporter,
        coalesce(cast(getvariable('year') as varchar), '2024') as year,
        coalesce(cast(getvariable('threshold') as double), 0.65) as threshold,
        coalesce(partners.place_code, 'ANY') as partner,
        coalesce(
            cast(getvariable('supplier_scope') as varchar),
            if(reporters.place_code = 'EU27' or countries.is_eu27_member, 'extra_eu', 'all')
        ) as supplier_scope,
    from reports.place(coalesce(cast(getvariable('reporter') as varchar), 'EU27')) as reporters
    cross join reports.place(
        nullif(coalesce(cast(getvariable('partner') as varchar), 'CHN'), 'ANY')
    ) as partners
    left join marts.dim_country as countries
        on reporters.place_code = countries.country_iso3
),

judged as (
    select derisking.*
    from marts.fct_derisking as derisking
    inner join asked
        on
            derisking.reporter_code = asked.reporter
            and derisking.supplier_scope = asked.supplier_scope
            and derisking.period = asked.year
            and starts_with(derisking.product_code, asked.product)
            and (asked.partner = 'ANY' or derisking.partner_iso3 = asked.partner)
),

-- Any other supplier: its share and its split, without a verdict.
unjudged as (
    select changes.*
    from marts.fct_hhi_changes as changes
    inner join asked
        on
            changes.reporter_code = asked.reporter
            and changes.supplier_scope = asked.supplier_scope
            and changes.period = asked.year
            and starts_with(changes.product_code, asked.product)
            and changes.partner_iso3 = asked.partner
            and changes.lag_years = 2
    anti join judged
        using (source_id, nomenclature, product_code)
),

summaries as (
    select
        source_id,
        answer,
    from reports.derisking_summary(
        coalesce(cast(getvariable('reporter') as varchar), 'EU27'),
        cast(
            try_cast(coalesce(cast(getvariable('year') as varchar), '2024') as integer) - 2
            as varchar
        ),
        coalesce(cast(getvariable('year') as varchar), '2024'),
        supplier_scope := cast(getvariable('supplier_scope') as varchar),
        codes := case
            when getvariable('product') is not null
                then
                    (
                        select coalesce(list(distinct derisking.product_code), [])
                        from marts.fct_derisking as derisking
                        where
                            starts_with(
                                derisking.product_code, cast(getvariable('product') as varchar)
                            )
                    )
        end
    )
),

gainers as (
    select
        gains.source_id,
        gains.nomenclature,
        gains.product_code,
        gains.top_supplier_iso3,
        string_agg(
            coalesce(countries.country_name, gains.gainer_iso3)
            || coalesce(
                ' from ' || printf('%.1f', 100 * gains.share_before), ', not listed before,'
            )
            || ' to ' || printf('%.1f', 100 * gains.share_after) || '%'
            || coalesce(
                ' (governance: place ' || gains.governance_rank || ' of '
                || gains.governance_ranked_countries || ', 1 is the strongest)', ''
            )
            || coalesce(', which restricts it itself: ' || gains.own_measures, ''),
            '; ' order by gains.gained_eur desc, gains.gainer_iso3
        ) as gained_by,
    from (
        select *
        from reports.derisking_gains(
            coalesce(cast(getvariable('reporter') as varchar), 'EU27'),
            cast(
                try_cast(coalesce(cast(getvariable('year') as varchar), '2024') as integer) - 2
                as varchar
            ),
            coalesce(cast(getvariable('year') as varchar), '2024'),
            supplier_scope := cast(getvariable('supplier_scope') as varchar)
        )
        qualify
            row_number() over (
                partition by source_id, nomenclature, product_code
                order by gained_eur desc, gainer_iso3
            ) <= 3
    ) as gains
    left join marts.dim_country as countries
        on gains.gainer_iso3 = countries.country_iso3
    group by gains.source_id, gains.nomenclature, gains.product_code, gains.top_supplier_iso3
),

unioned as (
    select
        *,
        verdict <> 'not_comparable' as is_comparable,
        -- A CN code that is a whole subheading has its goods.
        regexp_replace(product_code, '^(.{6})00$', '\1') as goods,
    from judged
    union all by name
    select
        *,
        'not judged' as certainty,
        block_reason as verdict_reason,
        regexp_replace(product_code, '^(.{6})00$', '\1') as goods,
        case when is_comparable then value_share_after - value_share_before end
            as value_share_change,
    from unjudged
)

select
    unioned.source_id,
    unioned.nomenclature,
    unioned.product_code,
    unioned.base_period,
    unioned.period,
    unioned.partner_iso3,
    case
        when not unioned.is_comparable then 'not_comparable'
        when 'sources_disagree' in (unioned.verdict, unioned.certainty) then 'sources_disagree'
        when
            unioned.value_share_before <= asked.threshold
            and unioned.value_share_after > asked.threshold then 'up'
        when
            unioned.value_share_before > asked.threshold
            and unioned.value_share_after <= asked.threshold then 'down'
        when unioned.value_share_after > asked.threshold then 'stays_above'
        else 'stays_below'
    end as crossing,
    unioned.verdict,
    unioned.certainty,
    round(100 * unioned.value_share_before, 1) as share_before_pct,
    round(100 * unioned.value_share_after, 1) as share_after_pct,
    round(100 * unioned.other_share_before_low, 1) as other_before_from_pct,
    round(100 * unioned.other_share_before_high, 1) as other_before_to_pct,
    round(100 * unioned.other_share_after_low, 1) as other_after_from_pct,
    round(100 * unioned.other_share_after_high, 1) as other_after_to_pct,
    round(100 * unioned.mass_share_before, 1) as mass_share_before_pct,
    round(100 * unioned.mass_share_after, 1) as mass_share_after_pct,
    round(100 * unioned.value_share_change, 2) + 0 as share_change_pp,
    round(100 * unioned.volume_effect, 2) + 0 as volume_pp,
    round(100 * unioned.supplier_mix_effect, 2) + 0 as supplier_mix_pp,
    round(100 * unioned.price_effect, 2) + 0 as price_pp,
    round(100 * unioned.unsplit_effect, 2) + 0 as unsplit_pp,
    round(unioned.hhi_value_change, 3) + 0 as hhi_value_change,
    round(unioned.hhi_mass_change, 3) + 0 as hhi_mass_change,
    unioned.top_supplier_before_iso3,
    unioned.top_supplier_after_iso3,
    round(100 * unioned.suspect_gain_share) as suspect_gain_pct,
    unioned.rerouting_partner_iso3,
    round(100 * unioned.rerouting_share_before, 1) as rerouting_share_before_pct,
    round(100 * unioned.rerouting_share_after, 1) as rerouting_share_after_pct,
    round(unioned.import_value_after_eur / 1e6, 1) as import_value_meur,
    unioned.verdict_reason,
    gainers.gained_by,
    case
        when agreed.is_passed_over then 'passed over'
        when row_number() over by_rank = 1 then 'used'
        else 'beside'
    end as source_role,
    nullif(
        concat_ws(
            ' ',
            case
                when count(distinct unioned.goods || unioned.partner_iso3) over () = 1
                    then
                        printf(
                            '%s in the imports of %s of %s: %.1f %% in %s, %.1f %% in %s, by %s '
                            || '(%s)%s. Each source and edition of the nomenclature is one '
                            || 'account: quote the one used. Of two in conflict none is shown to '
                            || 'be right.',
                            coalesce(partners.country_name, unioned.partner_iso3),
                            unioned.product_code, asked.reporter,
                            100 * unioned.value_share_before, unioned.base_period,
                            100 * unioned.value_share_after, unioned.period,
                            sources.source_name, source_role,
                            coalesce(
                                case
                                    when 'sources_disagree' in (unioned.verdict, unioned.certainty)
                                        then '; sources disagree: ' || unioned.verdict_reason
                                end, ''
                            )
                        )
            end,
            summaries.answer
        ), ''
    ) as total_in_words,
from unioned
cross join asked
left join marts.dim_trade_source as sources
    on unioned.source_id = sources.source_id
left join marts.dim_country as partners
    on unioned.partner_iso3 = partners.country_iso3
left join (
    from marts.fct_source_agreement
    qualify row_number() over (partition by reporter_code, product_code, period, source_id) = 1
) as agreed
    on
        unioned.reporter_code = agreed.reporter_code
        and unioned.product_code = agreed.product_code
        and unioned.period = agreed.period
        and unioned.source_id = agreed.source_id
left join summaries
    on unioned.source_id = summaries.source_id
left join gainers
    on
        unioned.source_id = gainers.source_id
        and unioned.nomenclature = gainers.nomenclature
        and unioned.product_code = gainers.product_code
        and unioned.partner_iso3 = gainers.top_supplier_iso3
window by_rank as (
    partition by unioned.goods, unioned.partner_iso3
    order by
        coalesce(agreed.is_passed_over, false),
        coalesce(agreed.source_rank, sources.source_rank), unioned.nomenclature
)
order by
    crossing in ('up', 'down') desc, unioned.product_code, source_role desc, unioned.source_id,
    unioned.nomenclature, unioned.partner_iso3;

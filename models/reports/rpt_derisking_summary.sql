{{ config(
    materialized='table_function',
    alias='derisking_summary',
    parameters=[
        'reporter', 'from_year', 'to_year', 'supplier_scope := null', 'as_of := null',
        'codes := null'
    ],
    contract={'enforced': false}
) }}

{%- set parts = ['volume', 'supplier_mix', 'price', 'unsplit'] %}
{%- set causes = [
    ('volume', ['smaller quantities from these suppliers', 'larger quantities from these']),
    ('supplier_mix', ['larger quantities from others', 'smaller quantities from others']),
    ('price', [
        'prices that fell against those of others', 'prices that rose against those of others'
    ]),
] %}
{%- set kinds_in_words = [
    ('restricted', 'countries that restrict the product themselves'),
    ('weakly_governed', 'countries in the weakest third in governance'),
    ('unclear', 'countries without a rank, without a name or not listed before'),
] %}

with

asked as (
    select
        {{ asked_place('reporter') }} as asked_reporter,
        {{ asked_scope('reporter', 'supplier_scope') }} as asked_scope,
        cast(from_year as varchar) as asked_from,
        cast(to_year as varchar) as asked_to,
        cast(codes as varchar[]) as asked_codes,
),

tops as (
    select
        derisking.*,
        -- On a partial list of partners, and where sources disagree, the change may be none.
        coalesce(derisking.verdict not in ('unclear', 'sources_disagree'), false)
        and derisking.value_share_change is not null as is_comparable,
        case
            when is_comparable then derisking.value_share_change * derisking.import_value_after_eur
        end as change_eur,
        greatest(0, -change_eur) as away_eur,
        greatest(0, change_eur) as towards_eur,
    from {{ ref('fct_derisking') }} as derisking
    inner join asked
        on
            derisking.reporter_code = asked.asked_reporter
            and derisking.supplier_scope = asked.asked_scope
            and derisking.base_period = asked.asked_from
            and derisking.period = asked.asked_to
    where
        derisking.is_top_before
        and (
            asked.asked_codes is null
            or list_contains(asked.asked_codes, derisking.product_code)
        )
),

-- What has no mass, or not enough, is not split: it is counted, and named as such.
summed as (
    select
        source_id,
        any_value(reporter_code) as reporter_code,
        any_value(base_period) as first_year,
        any_value(period) as last_year,
        case when count(distinct partner_iso3) = 1 then any_value(partner_iso3) end
            as supplier_iso3,
        count(*) as products,
        count(*) filter (where is_comparable) as comparable_products,
        count(*) filter (where is_comparable and is_partial_partner_list) as products_partly_listed,
        count(*) filter (where verdict = 'sources_disagree') as products_in_dispute,
        bool_and(is_small_cell) filter (where is_comparable) as is_small,
        count(*) filter (where away_eur > 0) as products_away,
        count(*) filter (where away_eur > 0 and volume_effect is not null) as products_split,
        sum(import_value_after_eur) filter (where is_comparable) as imports_eur,
        sum(away_eur) as moved_away_eur,
        sum(towards_eur) as moved_towards_eur,
        {%- for part in parts[:3] %}
        coalesce(sum(-{{ part }}_effect * import_value_after_eur) filter (where away_eur > 0), 0)
            as {{ part }}_eur,
        {%- endfor %}
    from tops
    group by source_id
),

gains as (
    select gained.*
    from {{ ref('rpt_derisking_gains') }}(
        reporter, from_year, to_year, supplier_scope := supplier_scope, as_of := as_of,
        codes := codes
    ) as gained
),

by_country as (
    select
        source_id,
        gainer_iso3,
        any_value(governance_rank) as governance_rank,
        any_value(governance_ranked_countries) as governance_ranked_countries,
        sum(gained_eur) as gained_eur,
        row_number() over (
            partition by source_id order by sum(gained_eur) desc, gainer_iso3
        ) as gainer_rank,
    from gains
    where not is_gain_unknown
    group by source_id, gainer_iso3
),

gainers as (
    select
        by_country.source_id,
        string_agg(
            coalesce(countries.country_name, by_country.gainer_iso3) || ' ('
            || {{ eur_in_words('by_country.gained_eur') }}
            || coalesce(
                '; governance: place ' || by_country.governance_rank || ' of '
                || by_country.governance_ranked_countries || ', 1 is the strongest', ''
            ) || ')',
            ', ' order by by_country.gainer_rank
        ) filter (where by_country.gainer_rank <= 3) as largest_gainers,
    from by_country
    left join {{ ref('dim_country') }} as countries
        on by_country.gainer_iso3 = countries.country_iso3
    group by by_country.source_id
),

kinds as (
    select
        source_id,
        sum(gained_eur) as allotted_eur,
        sum(gained_eur) filter (where own_measure_ids is not null and not is_gain_unknown)
            as restricted_eur,
        sum(gained_eur) filter (where is_weakly_governed and not is_gain_unknown)
            as weakly_governed_eur,
        sum(gained_eur) filter (where governance_rank is null or is_gain_unknown) as unranked_eur,
    from gains
    group by source_id
),

told as (
    select
        summed.*,
        coalesce(reporters.country_name, summed.reporter_code) as reporter_name,
        coalesce(names.source_name, summed.source_id) as source_name,
        coalesce(', ' || suppliers.country_name, '') as supplier_name,
        gainers.largest_gainers,
        summed.moved_away_eur - summed.volume_eur - summed.supplier_mix_eur - summed.price_eur
            as unsplit_eur,
        summed.moved_away_eur / nullif(summed.imports_eur, 0) as moved_away_share,
        summed.moved_towards_eur / nullif(summed.imports_eur, 0) as moved_towards_share,
        {%- for kind in ['restricted', 'weakly_governed', 'unranked'] %}
        coalesce(kinds.{{ kind }}_eur, 0) as {{ kind }}_eur,
        {%- endfor %}
        greatest(0, summed.moved_away_eur - coalesce(kinds.allotted_eur, 0)) as unexplained_eur,
        coalesce(kinds.unranked_eur, 0) + unexplained_eur as unclear_eur,
    from summed
    left join gainers
        on summed.source_id = gainers.source_id
    left join kinds
        on summed.source_id = kinds.source_id
    left join {{ ref('dim_country') }} as reporters
        on summed.reporter_code = reporters.country_iso3
    left join {{ ref('dim_country') }} as suppliers
        on summed.supplier_iso3 = suppliers.country_iso3
    left join {{ ref('dim_trade_source') }} as names
        on summed.source_id = names.source_id
),

-- Which way each part went, and its size: prices may hide what quantities did.
worded as (
    select
        *,
        {%- for part in parts + kinds_in_words | map('first') | list %}
        {{ eur_in_words('abs(' ~ part ~ '_eur)') }} as {{ part }}_words,
        {%- endfor %}
        {%- for ways, sign, way in [('causes', '', 0), ('counter_causes', '-', 1)] %}
        nullif(
            concat_ws(
                ' and '
                {%- for part, texts in causes %},
                case
                    when {{ sign }}{{ part }}_eur >= 5e4
                        then '{{ texts[way] }} (' || {{ part }}_words || ')'
                end
                {%- endfor %}
            ), ''
        ) as {{ ways }},
        {%- endfor %}
    from told
)

select
    source_id,
    reporter_code,
    first_year as from_year,
    last_year as to_year,
    cast(products as integer) as products,
    cast(comparable_products as integer) as comparable_products,
    cast(products_away as integer) as products_away,
    imports_eur,
    moved_away_eur,
    moved_towards_eur,
    moved_away_share,
    moved_towards_share,
    {%- for part in parts %}
    {{ part }}_eur,
    {%- endfor %}
    largest_gainers,
    restricted_eur,
    weakly_governed_eur,
    unranked_eur,
    unexplained_eur,
    reporter_name || ', ' || first_year || ' to ' || last_year || ', by ' || source_name || ': '
    || comparable_products || ' of ' || products || ' products can be compared, with imports of '
    || {{ eur_in_words('imports_eur') }} || '. By value, '
    || printf('%.1f', 100 * moved_away_share) || '% of these moved away from the largest supplier '
    || 'of ' || first_year || supplier_name || ' (' || products_away || ' of these products), and '
    || printf('%.1f', 100 * moved_towards_share) || '% moved towards it.'
    || case
        when products_in_dispute > 0
            then
                ' For ' || products_in_dispute
                || ' of the others another source contradicts the figures.'
        else ''
    end
    || case when is_small then ' That is too little trade for a finding: below EUR '
    || '{{ var("small_cell_floor_eur") }} in one of the years.' else concat(
        case
            when products_partly_listed > 0
                then
                    ' For ' || products_partly_listed || ' products the source lists the largest '
                    || 'partners only, so that these shares are not exact.'
        end,
        case
            when moved_away_eur > 0 and products_split = 0
                then ' Masses are missing, so that it cannot be split.'
            when moved_away_eur > 0
                then
                    concat(
                        ' The shift came from ' || causes || '.',
                        ' Part of it was offset by ' || counter_causes || '.',
                        case
                            when unsplit_eur >= 5e4
                                then ' Masses are missing to split ' || unsplit_words || ' of it.'
                        end
                    )
        end,
        ' Nobody records who replaced whom. By a reckoning in proportion to gains, most went to '
        || largest_gainers || '.'
        {%- for kind, words in kinds_in_words %},
        case
            when {{ kind }}_eur >= 5e4
                then ' By the same reckoning, ' || {{ kind }}_words || ' went to {{ words }}.'
        end
        {%- endfor %}
    ) end as answer,
from worded
order by comparable_products desc, source_id

with

weights as (select * from {{ ref('int_law__import_weights') }}),
sources as (select * from {{ ref('stg_reference__trade_sources') }}),

passed_over as (
    select distinct
        reporter_code,
        product_code,
        period,
        source_id,
    from {{ ref('fct_source_agreement') }}
    where is_passed_over
),

ranked as (
    select
        weights.*,
        left(weights.nomenclature, 2) as nomenclature_family,
        {{ hs_edition('weights.nomenclature') }} as hs_nomenclature,
        sources.source_rank
        + if(weights.coverage is null, 0, 100)
        + if(passed_over.source_id is null, 0, 200) as source_rank,
        sources.leaves_goods_out,
    from weights
    inner join sources
        using (source_id)
    left join passed_over
        using (reporter_code, product_code, period, source_id)
),

-- One source per importer, product and year: whole ones before those that list the largest flows,
-- one that two others contradict last.
best_sources as (
    select
        reporter_code,
        product_code,
        period,
        arg_min(source_id, source_rank) as source_id,
        arg_min(hs_nomenclature, source_rank) as hs_nomenclature,
        arg_min(leaves_goods_out, source_rank) as leaves_goods_out,
    from ranked
    group by reporter_code, product_code, period
),

links as (
    select
        nomenclature,
        product_code,
        linked_nomenclature,
        linked_code,
        link,
    from {{ ref('int_trade__edition_links') }}
    where basis <> 'waste'
),

-- Masses are chosen apart: of the first source of the same goods that has any.
mass_sources as (
    select
        ranked.reporter_code,
        ranked.product_code,
        ranked.period,
        arg_min(ranked.source_id, ranked.source_rank) as source_id,
    from ranked
    inner join best_sources
        using (reporter_code, product_code, period, leaves_goods_out)
    left join links
        on
            ranked.hs_nomenclature = links.nomenclature
            and left(ranked.product_code, 6) = links.product_code
            and best_sources.hs_nomenclature = links.linked_nomenclature
            and left(ranked.product_code, 6) = links.linked_code
    where
        ranked.net_mass_kg is not null
        and (ranked.hs_nomenclature = best_sources.hs_nomenclature or links.link = 'same')
    group by ranked.reporter_code, ranked.product_code, ranked.period
),

{%- for relation, sources in [('valued', 'best_sources'), ('weighed', 'mass_sources')] %}

{{ relation }} as (
    select ranked.*
    from ranked
    inner join {{ sources }}
        on
            ranked.reporter_code = {{ sources }}.reporter_code
            and ranked.product_code = {{ sources }}.product_code
            and ranked.period = {{ sources }}.period
            and ranked.source_id = {{ sources }}.source_id
),
{%- endfor %}

of_products as (
    select *
    from valued
    qualify
        row_number() over (
            partition by reporter_code, product_code, period
            order by partner_code
        ) = 1
),

-- A partner that the source of masses alone names has no value: of this year the two disagree.
chosen as (
    select
        valued.* replace (weighed.net_mass_kg as net_mass_kg),
        weighed.source_id as mass_source_id,
    from valued
    left join weighed
        using (reporter_code, product_code, period, partner_code)
    union all by name
    select
        of_products.* replace (
            weighed.partner_code as partner_code,
            null as value_eur,
            weighed.net_mass_kg as net_mass_kg
        ),
        weighed.source_id as mass_source_id,
    from weighed
    inner join of_products
        using (reporter_code, product_code, period)
    left join valued
        on
            weighed.reporter_code = valued.reporter_code
            and weighed.product_code = valued.product_code
            and weighed.period = valued.period
            and weighed.partner_code = valued.partner_code
    where valued.partner_code is null
),

-- The codes of an importer and year with their HS subheading; those of the CN after all of the HS.
products as (
    select distinct
        reporter_code,
        period,
        product_code,
        nomenclature_family,
        hs_nomenclature,
        left(product_code, 6) as hs6_code,
        source_rank + if(nomenclature_family = 'CN', 400, 0) as product_rank,
    from chosen
),

-- Goods that two codes share, or may: of a CN8 code and its subheading, of codes of two editions.
shared as (
    select
        products.reporter_code,
        products.period,
        products.product_code,
        others.product_code as other_code,
        others.product_rank as other_rank,
        true as is_within_other,
    from products
    inner join products as others
        using (reporter_code, period, hs_nomenclature, hs6_code)
    where products.nomenclature_family = 'CN' and others.nomenclature_family = 'HS'
    union all
    select
        products.reporter_code,
        products.period,
        products.product_code,
        others.product_code as other_code,
        others.product_rank as other_rank,
        links.link in ('same', 'holds') as is_within_other,
    from products
    inner join links
        on
            products.hs_nomenclature = links.nomenclature
            and products.hs6_code = links.product_code
    inner join products as others
        on
            products.reporter_code = others.reporter_code
            and products.period = others.period
            and links.linked_nomenclature = others.hs_nomenclature
            and links.linked_code = others.hs6_code
    where others.product_rank < products.product_rank
),

{% set rounds = 4 %}
undecided_0 as (
    select
        reporter_code,
        period,
        product_code,
    from products
),

-- Round by round: counted are codes that share no goods with one of a source before theirs that is
-- undecided too; what shares goods with them is counted there.
{% for round in range(rounds) %}
counted_{{ round }} as (
    select undecided.*
    from undecided_{{ round }} as undecided
    anti join (
        select
            shared.reporter_code,
            shared.period,
            shared.product_code,
        from shared
        inner join undecided_{{ round }} as others
            on
                shared.reporter_code = others.reporter_code
                and shared.period = others.period
                and shared.other_code = others.product_code
    ) as before_it
        on
            undecided.reporter_code = before_it.reporter_code
            and undecided.period = before_it.period
            and undecided.product_code = before_it.product_code
),

counted_in_{{ round }} as (
    select
        shared.reporter_code,
        shared.period,
        shared.product_code,
        arg_min(shared.other_code, (shared.other_rank, shared.other_code)) as other_code,
        arg_min(shared.is_within_other, (shared.other_rank, shared.other_code)) as is_within_other,
    from shared
    inner join counted_{{ round }} as counted
        on
            shared.reporter_code = counted.reporter_code
            and shared.period = counted.period
            and shared.other_code = counted.product_code
    inner join undecided_{{ round }} as undecided
        on
            shared.reporter_code = undecided.reporter_code
            and shared.period = undecided.period
            and shared.product_code = undecided.product_code
    group by shared.reporter_code, shared.period, shared.product_code
),

undecided_{{ round + 1 }} as (
    select undecided.*
    from undecided_{{ round }} as undecided
    anti join (
        select * from counted_{{ round }}
        union all
        select * exclude (other_code, is_within_other) from counted_in_{{ round }}
    ) as decided
        on
            undecided.reporter_code = decided.reporter_code
            and undecided.period = decided.period
            and undecided.product_code = decided.product_code
),

{% endfor %}
counted_in as (
    {%- for round in range(rounds) %}
    select * from counted_in_{{ round }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A code whose goods are counted already, wholly or in part, must not be added. Where a CN8 code
-- has no known mass, the mass of the subheading is the bound.
final as (
    select
        chosen.reporter_code,
        chosen.partner_code as partner_iso3,
        chosen.source_id,
        chosen.mass_source_id,
        chosen.nomenclature,
        chosen.product_code,
        chosen.period,
        chosen.earlier_nomenclature,
        cast(chosen.value_eur as decimal(28, 6)) as value_eur,
        cast(chosen.net_mass_kg as decimal(28, 6)) as net_mass_kg,
        counted_in.other_code as part_of_product_code,
        counted_in.is_within_other as is_wholly_part,
        counted_in.is_within_other and chosen.leaves_goods_out as is_least_of_part,
        cast(parent_flows.value_eur as decimal(28, 6)) as parent_value_eur,
        cast(parent_flows.net_mass_kg as decimal(28, 6)) as parent_net_mass_kg,
    from chosen
    left join counted_in
        using (reporter_code, period, product_code)
    left join chosen as parent_flows
        on
            chosen.nomenclature_family = 'CN'
            and parent_flows.nomenclature_family = 'HS'
            and chosen.reporter_code = parent_flows.reporter_code
            and chosen.partner_code = parent_flows.partner_code
            and left(chosen.product_code, 6) = parent_flows.product_code
            and chosen.period = parent_flows.period
)

select * from final
order by reporter_code, partner_iso3, product_code, period

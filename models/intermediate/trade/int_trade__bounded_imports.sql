with

annual as (select * from {{ ref('int_law__import_weights') }}),
sources as (select * from {{ ref('stg_reference__trade_sources') }}),

links as (
    select * from {{ ref('int_trade__edition_links') }}
    where link in ('same', 'part_of') and basis <> 'waste'
),

flows as (
    select
        annual.reporter_code,
        annual.source_id,
        annual.nomenclature,
        annual.product_code,
        annual.period,
        annual.partner_code,
        annual.is_eu_reporter,
        annual.is_intra_eu_partner,
        annual.partner_kind = 'pseudo_partner' as is_unknown,
        cast(annual.value_eur as decimal(18, 6)) as value_eur,
        {{ hs_edition('annual.nomenclature') }} as hs_nomenclature,
        left(annual.product_code, 6) as hs6_code,
        length(annual.product_code) = 6 or right(annual.product_code, 2) = '00' as is_whole,
        sources.procedure,
        sources.source_rank,
        sources.partner_within_eu = 'dispatch' as is_by_dispatch,
    from annual
    inner join sources
        on annual.source_id = sources.source_id and sources.has_all_suppliers
    where
        annual.value_eur > 0
        and annual.coverage is null
        and not (annual.reporter_code = 'EU27' and annual.is_intra_eu_partner)
),

reconciled as (
    select * from flows
    where procedure = 'reconciled' and length(product_code) = 6
),

-- What an importer declared, whatever it leaves out, is a least value of each flow.
declared as (
    select * from flows
    where procedure in ('normal', 'special', 'general')
),

-- Each subheading holds itself, and what is the same or a part of it in another edition.
parts as (
    select distinct
        hs_nomenclature,
        hs6_code,
        hs_nomenclature as part_nomenclature,
        hs6_code as part_code,
        'same' as link,
    from reconciled
    union all
    select
        nomenclature,
        product_code,
        linked_nomenclature,
        linked_code,
        link,
    from links
),

totals as (
    select distinct
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        hs_nomenclature,
        hs6_code,
    from reconciled
),

matched as (
    select
        totals.* exclude (hs_nomenclature, hs6_code),
        declared.source_id as declared_source_id,
        declared.source_rank as declared_rank,
        declared.nomenclature as declared_nomenclature,
        declared.product_code as declared_code,
        declared.is_by_dispatch and declared.is_eu_reporter as is_outside_only,
        declared.is_eu_reporter,
        declared.is_intra_eu_partner,
        declared.is_unknown,
        declared.partner_code,
        declared.value_eur,
        parts.link = 'same' and declared.is_whole as is_whole,
    from totals
    inner join parts
        using (hs_nomenclature, hs6_code)
    inner join declared
        on
            parts.part_nomenclature = declared.hs_nomenclature
            and parts.part_code = declared.hs6_code
            and totals.reporter_code = declared.reporter_code
            and totals.period = declared.period
),

-- Of several declarations the one that has most: the greater of two least values.
declarations as (
    select
        reporter_code,
        source_id,
        nomenclature,
        product_code,
        period,
        declared_source_id,
        any_value(declared_nomenclature) as declared_nomenclature,
        any_value(is_eu_reporter) as is_eu_reporter,
        any_value(is_outside_only) as is_outside_only,
        bool_and(is_whole) as is_whole,
        string_agg(distinct declared_code, ' + ' order by declared_code) as declared_codes,
    from matched
    group by reporter_code, source_id, nomenclature, product_code, period, declared_source_id
    qualify
        row_number() over (
            partition by reporter_code, source_id, nomenclature, product_code, period
            order by sum(value_eur) desc, any_value(declared_rank)
        ) = 1
),

both_sides as (
    {%- for relation, key, value, declared in [
        ('reconciled', '', 'sides.value_eur', '0'),
        ('matched', ', declared_source_id', '0', 'sides.value_eur'),
    ] %}
    select
        declarations.*,
        sides.partner_code,
        sides.is_unknown,
        sides.is_intra_eu_partner,
        {{ value }} as value_eur,
        {{ declared }} as declared_eur,
    from declarations
    inner join {{ relation }} as sides
        using (reporter_code, source_id, nomenclature, product_code, period{{ key }})
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

final as (
    select
        * exclude (value_eur, declared_eur),
        sum(value_eur) as value_eur,
        sum(declared_eur) as declared_eur,
    from both_sides
    group by all
)

select * from final

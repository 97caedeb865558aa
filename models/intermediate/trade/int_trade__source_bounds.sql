with

imports as (select * from {{ ref('int_trade__bounded_imports') }}),
sources as (select * from {{ ref('stg_reference__trade_sources') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),
thresholds as (select * from {{ ref('change_thresholds') }}),

limits as (
    select
        {%- for threshold in [
            'bound_value_ratio', 'bound_part_of_total', 'agreement_value_ratio',
            'agreement_share_gap', 'small_cell',
        ] %}
        max(threshold_value) filter (where threshold_id = '{{ threshold }}') as {{ threshold }},
        {%- endfor %}
    from thresholds
),

-- Flows are held against each other where partners mean the same: of members of the EU outside it.
scoped as (
    select
        imports.*,
        scopes.supplier_scope,
        scopes.supplier_scope = 'extra_eu' or not imports.is_outside_only as is_judged,
    from imports
    inner join (select unnest(['extra_eu', 'all']) as supplier_scope) as scopes
        on
            if(
                scopes.supplier_scope = 'all',
                imports.reporter_code <> 'EU27',
                imports.is_eu_reporter and not imports.is_intra_eu_partner
            )
),

totalled as (
    select
        * replace (
            cast(value_eur as double) as value_eur, cast(declared_eur as double) as declared_eur
        ),
        cast(sum(value_eur) over cell as double) as total_eur,
        cast(sum(declared_eur) over cell as double) as declared_total_eur,
        greatest(total_eur, declared_total_eur) as larger_eur,
        cast(sum(if(is_unknown, 0, declared_eur)) over cell as double) as declared_known_eur,
        cast(
            sum(if(is_unknown, 0, declared_eur)) over cell - declared_eur as double
        ) as declared_by_others_eur,
    from scoped
    window
        cell as (
            partition by
                reporter_code, supplier_scope, source_id, nomenclature, product_code, period
        )
),

limited as (
    select
        totalled.*,
        limits.*,
    from totalled
    cross join limits
    where totalled.declared_total_eur > 0 and not totalled.is_unknown
),

-- From the declared least value of the supplier to what all others' declared values leave of the
-- larger total. What has no supplier may be anybody's.
bounded as (
    select
        *,
        declared_eur / larger_eur as share_low,
        1 - declared_by_others_eur / larger_eur as share_high,
        greatest(
            if(value_eur * bound_value_ratio < declared_eur, declared_eur - value_eur, 0),
            if(
                value_eur > bound_value_ratio * (larger_eur - declared_by_others_eur),
                value_eur - (larger_eur - declared_by_others_eur), 0
            )
        ) / larger_eur as beyond_share,
    from limited
),

cells as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        {{ sum_of_squared_shares('share_low') }} as declared_hhi_low,
        any_value(1 - declared_known_eur / larger_eur) as rest,
        max(share_low) as declared_top_share,
        arg_max(partner_code, (share_low, partner_code)) as declared_top,
        {{ sum_of_squared_shares('value_eur / nullif(total_eur, 0)') }} as hhi,
        max(value_eur / nullif(total_eur, 0)) as top_share,
        arg_max(partner_code, (value_eur, partner_code)) as top,
        arg_max(partner_code, (beyond_share, abs(value_eur - declared_eur), partner_code))
            as furthest,
        max(beyond_share) > any_value(bound_part_of_total) as is_beyond,
        max(abs(value_eur / nullif(total_eur, 0) - declared_eur / declared_total_eur))
        <= any_value(agreement_share_gap)
        and greatest(
            any_value(total_eur) / any_value(declared_total_eur),
            any_value(declared_total_eur) / nullif(any_value(total_eur), 0)
        ) <= any_value(agreement_value_ratio) as is_alike,
    from bounded
    group by all
),

-- One judgement of a cell for all its scopes.
judged as (
    select
        bounded.*,
        cells.* exclude (
            reporter_code, supplier_scope, source_id, nomenclature, product_code, period
        ),
        max(
            case
                when not bounded.is_judged then null
                when bounded.larger_eur < bounded.small_cell then 'small_cell'
                when cells.is_beyond then 'sources_disagree'
                when cells.is_alike then 'sources_agree'
                else 'within_bounds'
            end
        ) over (
            partition by
                bounded.reporter_code, bounded.source_id, bounded.nomenclature,
                bounded.product_code, bounded.period
        ) as agreement,
    from bounded
    inner join cells
        using (reporter_code, supplier_scope, source_id, nomenclature, product_code, period)
),

-- Either side: the reconciled total with the declared flows beside it, and a declared code that is
-- all of a subheading with the reconciled ones, of several editions the first.
sides as (
    select
        reporter_code,
        supplier_scope,
        source_id,
        nomenclature,
        product_code,
        period,
        partner_code,
        declared_source_id as other_source_id,
        declared_codes as other_product_codes,
        value_eur,
        declared_eur as other_value_eur,
        total_eur,
        declared_total_eur as other_total_eur,
        share_low as other_share_low,
        share_high as other_share_high,
        declared_hhi_low as other_hhi_low,
        declared_hhi_low + rest * (2 * declared_top_share + rest) as other_hhi_high,
        declared_top as other_top,
        declared_top_share as other_top_share_low,
        declared_top_share + rest as other_top_share_high,
        larger_eur as other_reading_eur,
        agreement,
        beyond_share,
        furthest,
        true as is_least,
    from judged
    union all by name
    select
        judged.reporter_code,
        judged.supplier_scope,
        judged.declared_source_id as source_id,
        judged.declared_nomenclature as nomenclature,
        judged.declared_codes as product_code,
        judged.period,
        judged.partner_code,
        judged.source_id as other_source_id,
        judged.product_code as other_product_codes,
        judged.declared_eur as value_eur,
        judged.value_eur as other_value_eur,
        judged.declared_total_eur as total_eur,
        judged.total_eur as other_total_eur,
        judged.value_eur / judged.total_eur as other_share_low,
        judged.value_eur / judged.total_eur as other_share_high,
        judged.hhi as other_hhi_low,
        judged.hhi as other_hhi_high,
        judged.top as other_top,
        judged.top_share as other_top_share_low,
        judged.top_share as other_top_share_high,
        judged.total_eur as other_reading_eur,
        judged.agreement,
        judged.beyond_share,
        judged.furthest,
        false as is_least,
    from judged
    inner join sources
        on judged.source_id = sources.source_id
    where
        judged.is_whole
        and not contains(judged.declared_codes, '+')
        and judged.total_eur > 0
    qualify
        dense_rank() over (
            partition by
                judged.reporter_code, judged.supplier_scope, judged.declared_source_id,
                judged.declared_codes, judged.period
            order by sources.source_rank
        ) = 1
),

-- The supplier whose flow lies furthest outside tells how the sources differ.
final as (
    select
        sides.*,
        sides.partner_code = sides.furthest as is_furthest,
        printf(
            '%s has %s from %s, %s %s; its largest supplier is %s with %s',
            others.source_name,
            if(sides.is_least, 'at least ', '') || {{ eur_in_words('sides.other_value_eur') }},
            coalesce(countries.country_name, sides.partner_code),
            own.source_name,
            {{ eur_in_words('sides.value_eur') }},
            coalesce(tops.country_name, sides.other_top),
            {{ share_in_words('sides.other_top_share_low', 'sides.other_top_share_high') }}
        ) as other_reading,
    from sides
    inner join sources as own
        on sides.source_id = own.source_id
    inner join sources as others
        on sides.other_source_id = others.source_id
    left join countries
        on sides.partner_code = countries.iso3
    left join countries as tops
        on sides.other_top = tops.iso3
    where sides.agreement is not null
)

select * from final

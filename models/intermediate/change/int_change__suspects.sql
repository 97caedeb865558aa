{%- set pair_key = [
    'reporter_code', 'supplier_scope', 'source_id', 'nomenclature', 'product_code', 'period',
    'base_period',
] %}

with

partner_changes as (
    select * from {{ ref('int_change__partner_changes') }}
),

pairs as (
    select * from {{ ref('int_change__pairs') }}
),

supplier_shares as (
    select * from {{ ref('int_trade__supplier_shares') }}
),

members as (
    select * from {{ ref('int_trade__eu27_members') }}
),

thresholds as (
    select * from {{ ref('stg_reference__change_thresholds') }}
),

limits as (
    select
        max(threshold_value) filter (where threshold_id = 'min_share_change') as min_share_change,
        max(threshold_value) filter (where threshold_id = 'rerouting_min_dependence')
            as min_dependence,
        max(threshold_value) filter (where threshold_id = 'rerouting_min_supply_ratio')
            as min_supply_ratio,
    from thresholds
),

named_suppliers as (
    select distinct partner_code
    from thresholds
    where partner_code is not null
),

-- Sources that tell what countries outside the EU import, each by itself.
bilateral as (
    select distinct supplier_shares.source_id
    from supplier_shares
    left join members
        on supplier_shares.reporter_code = members.member_iso3
    where
        supplier_shares.supplier_scope = 'all'
        and supplier_shares.frequency = 'annual'
        and supplier_shares.reporter_code <> 'EU27'
        and members.member_iso3 is null
),

-- Suppliers that lost a share within 24 months: the largest at either end, and the named ones.
losers as (
    select
        {%- for column in pair_key %}
        partner_changes.{{ column }},
        {%- endfor %}
        partner_changes.partner_code,
        pairs.import_value_after,
    from partner_changes
    inner join pairs
        on
            {% for column in pair_key -%}
            partner_changes.{{ column }} = pairs.{{ column }}
            {{ 'and ' if not loop.last }}
            {%- endfor %}
    inner join bilateral
        on partner_changes.source_id = bilateral.source_id
    left join named_suppliers
        on partner_changes.partner_code = named_suppliers.partner_code
    cross join limits
    where
        partner_changes.lag_years = 2
        and partner_changes.is_comparable
        and partner_changes.value_share_before - partner_changes.value_share_after
        >= limits.min_share_change
        and (
            partner_changes.partner_code = pairs.top_supplier_before_iso3
            or partner_changes.partner_code = pairs.top_supplier_after_iso3
            or named_suppliers.partner_code is not null
        )
),

gains as (
    select
        {%- for column in pair_key %}
        losers.{{ column }},
        {%- endfor %}
        losers.partner_code,
        partner_changes.partner_code as gaining_partner_code,
        partner_changes.value_share_after - partner_changes.value_share_before as share_gain,
        (partner_changes.value_share_after - partner_changes.value_share_before)
        * losers.import_value_after as value_gain,
    from losers
    inner join partner_changes
        on
            {% for column in pair_key -%}
            losers.{{ column }} = partner_changes.{{ column }}
            and {% endfor -%}
            losers.partner_code <> partner_changes.partner_code
    where
        partner_changes.value_share_after > partner_changes.value_share_before
        and partner_changes.change_kind <> 'unknown_partner'
),

-- What the gaining country itself buys from the supplier that lost. Without a flow from it the
-- share is zero where the country has imports of the product, else unknown.
supplied as (
    select
        gains.*,
        {%- for side, period in [('before', 'base_period'), ('after', 'period')] %}
        case
            when {{ side }}_any.product_code is not null
                then coalesce({{ side }}_from.value_share, 0)
        end as dependence_{{ side }},
        {%- endfor %}
        coalesce(cast(after_from.value_in_currency as double), 0) as value_from_old_supplier,
    from gains
    {%- for side, period in [('before', 'base_period'), ('after', 'period')] %}
    left join supplier_shares as {{ side }}_from
        on
            gains.gaining_partner_code = {{ side }}_from.reporter_code
            and {{ side }}_from.supplier_scope = 'all'
            and gains.source_id = {{ side }}_from.source_id
            and gains.nomenclature = {{ side }}_from.nomenclature
            and gains.product_code = {{ side }}_from.product_code
            and gains.{{ period }} = {{ side }}_from.period
            and gains.partner_code = {{ side }}_from.partner_code
    left join supplier_shares as {{ side }}_any
        on
            gains.gaining_partner_code = {{ side }}_any.reporter_code
            and {{ side }}_any.supplier_scope = 'all'
            and gains.source_id = {{ side }}_any.source_id
            and gains.nomenclature = {{ side }}_any.nomenclature
            and gains.product_code = {{ side }}_any.product_code
            and gains.{{ period }} = {{ side }}_any.period
            and {{ side }}_any.supplier_rank = 1
    {%- endfor %}
),

final as (
    select
        {%- for column in pair_key %}
        supplied.{{ column }},
        {%- endfor %}
        supplied.partner_code,
        supplied.gaining_partner_code,
        supplied.share_gain,
        supplied.value_gain,
        supplied.dependence_before,
        supplied.dependence_after,
        supplied.value_from_old_supplier,
        coalesce(
            supplied.dependence_after >= limits.min_dependence
            and supplied.value_from_old_supplier
            >= limits.min_supply_ratio * supplied.value_gain,
            false
        ) as is_suspect,
    from supplied
    cross join limits
)

select * from final

with

partner_changes as (select * from {{ ref('int_change__partner_changes') }}),
pairs as (select * from {{ ref('int_change__pairs') }}),
cells as (select * from {{ ref('int_trade__concentration') }}),
supplier_shares as (select * from {{ ref('int_trade__supplier_shares') }}),
thresholds as (select * from {{ ref('change_thresholds') }}),

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
    select distinct source_id
    from cells
    where supplier_scope = 'all' and frequency = 'annual' and not is_eu_reporter
),

-- Suppliers that lost a share within 24 months: the largest at either end, and the named ones.
losers as (
    select
        pairs.pair_number,
        pairs.cell_number_before,
        pairs.cell_number_after,
        pairs.import_value_after,
        partner_changes.partner_code,
    from partner_changes
    inner join pairs
        on partner_changes.pair_number = pairs.pair_number
    inner join bilateral
        on pairs.source_id = bilateral.source_id
    left join named_suppliers
        on partner_changes.partner_code = named_suppliers.partner_code
    cross join limits
    where
        pairs.lag_years = 2
        and pairs.is_comparable
        and partner_changes.value_share_before - partner_changes.value_share_after
        >= limits.min_share_change
        and (
            partner_changes.partner_code = pairs.top_supplier_before_iso3
            or partner_changes.partner_code = pairs.top_supplier_after_iso3
            or named_suppliers.partner_code is not null
        )
),

rising as (
    select
        losers.pair_number,
        losers.cell_number_before,
        losers.cell_number_after,
        losers.partner_code,
        partner_changes.partner_code as gaining_partner_code,
        partner_changes.value_share_after - partner_changes.value_share_before as share_gain,
        (partner_changes.value_share_after - partner_changes.value_share_before)
        * losers.import_value_after as value_gain,
    from losers
    inner join partner_changes
        on
            losers.pair_number = partner_changes.pair_number
            and losers.partner_code <> partner_changes.partner_code
    where
        partner_changes.value_share_after > partner_changes.value_share_before
        and partner_changes.change_kind <> 'unknown_partner'
),

-- What the gaining country itself buys from the supplier that lost. Without a flow from it the
-- share is zero where the country has imports of the product, else unknown.
supplied as (
    select
        rising.*,
        {%- for side in ['before', 'after'] %}
        case
            when cells_{{ side }}.cell_number is not null
                then coalesce(shares_{{ side }}.value_share, 0)
        end as dependence_{{ side }},
        {%- endfor %}
        coalesce(shares_after.value_in_currency, 0) as value_from_old_supplier,
    from rising
    {%- for side in ['before', 'after'] %}
    inner join cells as reporters_{{ side }}
        on rising.cell_number_{{ side }} = reporters_{{ side }}.cell_number
    left join cells as cells_{{ side }}
        on
            reporters_{{ side }}.product_period_number = cells_{{ side }}.product_period_number
            and rising.gaining_partner_code = cells_{{ side }}.reporter_code
            and cells_{{ side }}.supplier_scope = 'all'
    left join supplier_shares as shares_{{ side }}
        on
            cells_{{ side }}.cell_number = shares_{{ side }}.cell_number
            and rising.partner_code = shares_{{ side }}.partner_code
    {%- endfor %}
),

suspects as (
    select
        supplied.* exclude (supplied.cell_number_before, supplied.cell_number_after),
        coalesce(
            supplied.dependence_after >= limits.min_dependence
            and supplied.value_from_old_supplier
            >= limits.min_supply_ratio * supplied.value_gain,
            false
        ) as is_suspect,
    from supplied
    cross join limits
),

gains as (
    select
        pair_number,
        partner_code,
        {{ sum_of_parts('share_gain') }} as gain_sum,
        {{ sum_of_parts('share_gain', 'is_suspect') }} as suspect_gain,
    from suspects
    group by pair_number, partner_code
),

main_suspects as (
    select *
    from suspects
    where is_suspect
    qualify
        row_number() over (
            partition by pair_number, partner_code
            order by share_gain desc, gaining_partner_code
        ) = 1
),

final as (
    select
        gains.pair_number,
        gains.partner_code,
        main_suspects.gaining_partner_code as rerouting_partner_code,
        gains.suspect_gain / nullif(gains.gain_sum, 0) as suspect_gain_share,
        main_suspects.dependence_before as rerouting_share_before,
        main_suspects.dependence_after as rerouting_share_after,
    from gains
    left join main_suspects
        using (pair_number, partner_code)
)

select * from final

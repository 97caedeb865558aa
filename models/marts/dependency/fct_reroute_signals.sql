with

compared as (select * from {{ ref('int_dependency__yearly_rises') }}),
transit_hubs as (select * from {{ ref('transit_hubs') }}),

-- Above both, and by at least EUR 100,000 above the mean: below that, one consignment.
risen as (
    select
        *,
        list_transform(
            values_so_far, lambda one_value: one_value - list_avg(values_so_far)
        ) as deviations,
    from compared
    where
        value_eur > value_before_eur
        and value_eur - mean_before_eur >= 100000
),

final as (
    select
        onward.source_id,
        onward.nomenclature,
        onward.product_code,
        onward.period,
        onward.importer_code as reporter_code,
        onward.exporter_iso3 as third_country_iso3,
        supply.exporter_iso3 as origin_iso3,
        'signal, not proof: both flows rose; own production or demand may explain it' as reading,
        {{ significant('onward.value_eur') }} as onward_value_eur,
        {{ significant('onward.value_before_eur') }} as onward_value_before_eur,
        {{ significant('onward.mean_before_eur') }} as onward_mean_before_eur,
        {{ significant('onward.value_eur / nullif(onward.value_before_eur, 0)') }}
            as onward_surge_factor,
        {{ significant('onward.value_eur / nullif(onward.mean_before_eur, 0)') }}
            as onward_surge_factor_over_mean,
        {{ significant('supply.value_eur') }} as supply_value_eur,
        {{ significant('supply.value_before_eur') }} as supply_value_before_eur,
        {{ significant('supply.mean_before_eur') }} as supply_mean_before_eur,
        {{ significant('supply.value_eur / nullif(supply.value_before_eur, 0)') }}
            as supply_surge_factor,
        {{ significant('supply.value_eur / nullif(supply.mean_before_eur, 0)') }}
            as supply_surge_factor_over_mean,
        {{ significant('coalesce(direct.value_eur, 0)') }} as direct_value_eur,
        {{ significant('coalesce(direct.value_before_eur, 0)') }} as direct_value_before_eur,
        {{ significant('coalesce(direct.mean_before_eur, 0)') }} as direct_mean_before_eur,
        {{ significant('list_cosine_similarity(onward.deviations, supply.deviations)') }}
            as correlation,
        cast(len(onward.values_so_far) as integer) as correlated_years,
        len(onward.values_so_far) >= 5
        and list_cosine_similarity(onward.deviations, supply.deviations) >= 0.7
            as is_correlated,
        coalesce(direct.value_eur, 0) < coalesce(direct.mean_before_eur, 0)
            as has_direct_trade_fallen,
        transit_hubs.country_iso3 is not null as is_known_transit_hub,
    from risen as onward
    inner join risen as supply
        on
            onward.source_id = supply.source_id
            and onward.nomenclature = supply.nomenclature
            and onward.product_code = supply.product_code
            and onward.period = supply.period
            and onward.exporter_iso3 = supply.importer_code
    left join compared as direct
        on
            onward.source_id = direct.source_id
            and onward.nomenclature = direct.nomenclature
            and onward.product_code = direct.product_code
            and onward.period = direct.period
            and direct.importer_code = 'EU27'
            and supply.exporter_iso3 = direct.exporter_iso3
    left join transit_hubs
        on onward.exporter_iso3 = transit_hubs.country_iso3
    where onward.importer_code = 'EU27'
)

select * from final
order by
    source_id, nomenclature, product_code, period, reporter_code, third_country_iso3, origin_iso3

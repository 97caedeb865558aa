with

mirror_pairs as (select * from {{ ref('int_trade__mirror_pairs') }}),
mirror_source_pairs as (select * from {{ ref('mirror_source_pairs') }}),
transit_hubs as (select * from {{ ref('transit_hubs') }}),

-- A sum that lacks product codes says nothing about the flow, nor does a negative figure: it is a
-- correction larger than the trade. A figure that is missing counts as nothing reported, unless its
-- side may hide the flow (unnamed partners or a partial list).
judged as (
    select
        *,
        {{ hs_edition('importer_nomenclature') }} as importer_edition,
        {{ hs_edition('exporter_nomenclature') }} as exporter_edition,
        case
            when not is_importer_complete or not is_exporter_complete then 'unknown'
            when importer_value_eur < 0 or exporter_value_eur < 0 then 'unknown'
            when importer_value_eur > 0 and exporter_value_eur > 0 then 'both'
            when importer_value_eur > 0 and exporter_value_eur is null and exporter_may_hide
                then 'unknown'
            when exporter_value_eur > 0 and importer_value_eur is null and importer_may_hide
                then 'unknown'
            when importer_value_eur > 0 then 'only_importer_reports'
            when exporter_value_eur > 0 then 'only_exporter_reports'
            else 'neither_reports_a_value'
        end as report_kind,
    from mirror_pairs
),

measured as (
    select
        *,
        -- Either measure changes no more than its sign when the two figures are swapped.
        case
            when report_kind = 'both'
                then ln(cast(importer_value_eur as double)) - ln(cast(exporter_value_eur as double))
        end as log_ratio,
        case report_kind
            when 'both'
                then
                    2
                    * cast(importer_value_eur - exporter_value_eur as double)
                    / cast(importer_value_eur + exporter_value_eur as double)
            when 'only_importer_reports' then cast(2 as double)
            when 'only_exporter_reports' then cast(-2 as double)
        end as relative_gap,
        case
            when report_kind = 'both' and importer_net_mass_kg > 0 and exporter_net_mass_kg > 0
                then
                    ln(cast(importer_net_mass_kg as double))
                    - ln(cast(exporter_net_mass_kg as double))
        end as mass_log_ratio,
        case
            when report_kind = 'both' then null
            when not is_importer_complete or not is_exporter_complete
                then 'not all CN8 codes of the heading are known to be in the source'
            when importer_value_eur < 0 or exporter_value_eur < 0
                then 'a figure is negative: a correction larger than the trade'
            when report_kind = 'unknown'
                then 'the other side may hold it unnamed, unlisted or within another country'
            when report_kind = 'only_importer_reports' then 'the other side has no such flow'
            when report_kind = 'only_exporter_reports' then 'the importer has no such flow'
            else 'no positive figure on either side'
        end as gap_reason,
    from judged
),

final as (
    select
        measured.pair_id,
        measured.importer_nomenclature,
        measured.exporter_nomenclature,
        measured.product_code,
        measured.period,
        measured.importer_code,
        measured.exporter_code,
        mirror_source_pairs.pair_kind,
        mirror_source_pairs.importer_source_id,
        mirror_source_pairs.exporter_source_id,
        measured.report_kind,
        measured.gap_reason,
        case
            when measured.importer_edition <> measured.exporter_edition
                then
                    measured.importer_edition || ' against ' || measured.exporter_edition
                    || ': the same six digits may not hold the same goods'
        end as edition_note,
        mirror_source_pairs.note as pair_note,
        {{ significant('measured.importer_value_eur') }} as importer_value_eur,
        {{ significant('measured.exporter_value_eur') }} as exporter_value_eur,
        {{ significant('measured.importer_net_mass_kg') }} as importer_net_mass_kg,
        {{ significant('measured.exporter_net_mass_kg') }} as exporter_net_mass_kg,
        {{ significant('measured.importer_unnamed_value_eur') }} as importer_unnamed_value_eur,
        {{ significant('measured.exporter_unnamed_value_eur') }} as exporter_unnamed_value_eur,
        {{ significant('measured.log_ratio') }} as log_ratio,
        {{ significant('measured.relative_gap') }} as relative_gap,
        {{ significant('measured.mass_log_ratio') }} as mass_log_ratio,
        {{ significant('mirror_source_pairs.freight_low') }} as freight_low,
        {{ significant('mirror_source_pairs.freight_high') }} as freight_high,
        {{ significant('measured.log_ratio - mirror_source_pairs.freight_high') }}
            as fob_adjusted_log_ratio_low,
        {{ significant('measured.log_ratio - mirror_source_pairs.freight_low') }}
            as fob_adjusted_log_ratio_high,
        measured.importer_edition = measured.exporter_edition as is_same_edition,
        measured.log_ratio between mirror_source_pairs.freight_low
        and mirror_source_pairs.freight_high as is_within_freight_range,
        importer_hubs.country_iso3 is not null or exporter_hubs.country_iso3 is not null
            as has_transit_hub,
    from measured
    inner join mirror_source_pairs
        on measured.pair_id = mirror_source_pairs.pair_id
    left join transit_hubs as importer_hubs
        on measured.importer_code = importer_hubs.country_iso3
    left join transit_hubs as exporter_hubs
        on measured.exporter_code = exporter_hubs.country_iso3
)

select * from final
order by
    pair_id, product_code, period, importer_nomenclature, exporter_nomenclature, importer_code,
    exporter_code

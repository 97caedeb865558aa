with

reliance as (select * from {{ ref('stg_sectors__input_reliance') }}),
sectors as (select * from {{ ref('icio_sectors') }}),

totals as (
    select
        sector_code,
        sum(direct_inputs_per_output) as all_direct,
        sum(total_requirement_per_output) as all_total,
        sum(direct_inputs_per_output) filter (where source_country_code <> 'EU27')
            as foreign_direct,
        sum(total_requirement_per_output) filter (where source_country_code <> 'EU27')
            as foreign_total,
        sum(of_which_from_c26_per_output) filter (where source_country_code <> 'EU27')
            as foreign_c26,
        arg_max(
            source_country_code, (direct_inputs_per_output, source_country_code)
        ) filter (where source_country_code <> 'EU27') as largest_direct_source_iso3,
        arg_max(
            source_country_code, (total_requirement_per_output, source_country_code)
        ) filter (where source_country_code <> 'EU27') as largest_total_source_iso3,
        max(direct_inputs_per_output) filter (where source_country_code <> 'EU27')
            as largest_direct,
        max(total_requirement_per_output) filter (where source_country_code <> 'EU27')
            as largest_total,
    from reliance
    group by sector_code
),

final as (
    select
        totals.sector_code,
        sectors.sector_name,
        '2022' as source_period,
        {{ significant('totals.foreign_direct') }} as foreign_inputs_per_output_low,
        {{ significant('totals.foreign_total') }} as foreign_inputs_per_output_high,
        {{ significant('totals.foreign_total - totals.foreign_direct') }}
            as hidden_foreign_inputs_per_output,
        {{ significant(
            'cast(totals.foreign_direct as double) / nullif(cast(totals.all_direct as double), 0)'
        ) }} as foreign_share_of_direct_inputs,
        {{ significant(
            'cast(totals.foreign_total as double) / nullif(cast(totals.all_total as double), 0)'
        ) }} as foreign_share_of_total_requirement,
        {{ significant('totals.foreign_c26') }} as foreign_inputs_from_c26_per_output,
        totals.largest_direct_source_iso3,
        {{ significant(
            'cast(totals.largest_direct as double) '
            ~ '/ nullif(cast(totals.foreign_direct as double), 0)'
        ) }} as largest_direct_source_share,
        totals.largest_total_source_iso3,
        {{ significant(
            'cast(totals.largest_total as double) '
            ~ '/ nullif(cast(totals.foreign_total as double), 0)'
        ) }} as largest_total_source_share,
    from totals
    left join sectors
        on totals.sector_code = sectors.sector_code
)

select * from final
order by sector_code

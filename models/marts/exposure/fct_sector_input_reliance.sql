with

reliance as (select * from {{ ref('stg_sectors__input_reliance') }}),
sectors as (select * from {{ ref('icio_sectors') }}),

final as (
    select
        reliance.sector_code,
        sectors.sector_name,
        reliance.source_country_code,
        '2022' as source_period,
        reliance.source_country_code <> 'EU27' as is_foreign,
        cast(reliance.direct_inputs_per_output as double) as direct_inputs_per_output,
        cast(reliance.share_of_direct_inputs as double) as share_of_direct_inputs,
        cast(reliance.total_requirement_per_output as double) as total_requirement_per_output,
        cast(reliance.share_of_total_requirement as double) as share_of_total_requirement,
        cast(
            reliance.total_requirement_per_output - reliance.direct_inputs_per_output as double
        ) as hidden_requirement_per_output,
        cast(reliance.of_which_from_c26_per_output as double) as of_which_from_c26_per_output,
    from reliance
    left join sectors
        on reliance.sector_code = sectors.sector_code
)

select * from final
order by sector_code, source_country_code

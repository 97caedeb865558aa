with

uses as (select * from {{ ref('stg_production__crm2023_uses') }}),

of_material as (
    select
        *,
        sum(share) over (partition by material) as printed_share_sum,
    from uses
),

by_division as (
    select
        material,
        coalesce(nace_division, 'none') as nace_division,
        min(nace_label) as nace_label,
        max(value_added_meur) as value_added_meur,
        count(*) as uses,
        count(*) filter (where share is null) as uses_without_share,
        coalesce(sum(share), 0) as use_share_low,
        max(printed_share_sum) as printed_share_sum,
    from of_material
    group by material, coalesce(nace_division, 'none')
),

-- A use printed as ">0%" can be no more than what the other uses leave.
final as (
    select
        * exclude (printed_share_sum),
        case
            when uses_without_share = 0 then use_share_low
            else use_share_low + greatest(0, 1 - coalesce(printed_share_sum, 0))
        end as use_share_high,
    from by_division
)

select * from final

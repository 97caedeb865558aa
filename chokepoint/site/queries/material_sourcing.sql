-- One row per name in the 2023 study and stage: from which country outside the EU most of what the
-- EU gets comes. The study counts what members dig and refine as well.
with

benchmarks as (
    select
        material as name_in_list,
        case stage when 'extraction' then 'ore' when 'processing' then 'refined' end as stage,
        partner_iso3,
        value_low as share_low,
        value as share,
        reason,
    from marts.fct_crm_act_benchmarks
    where benchmark_id = 'B004' and period = '2023 study' and stage in ('extraction', 'processing')
),

sectors as (
    select distinct
        material as name_in_list,
        case largest_supplier_stage
            when 'extraction' then 'ore'
            when 'processing' then 'refined'
        end as stage,
        largest_supplier_iso3 as partner_iso3,
        largest_supplier_share_low as share_low,
        largest_supplier_share_high as share_high,
        sourcing_reason as reason,
    from marts.fct_sector_material_use
    where largest_supplier_stage is not null
),

sourcing as (
    select
        *,
        'benchmark' as read_from,
    from benchmarks
    union all by name
    select
        *,
        'sectors' as read_from,
    from sectors
)

select
    names.material,
    sourcing.name_in_list,
    sourcing.stage,
    sourcing.partner_iso3,
    sourcing.share_low,
    sourcing.reason,
from sourcing
inner join marts.bridge_material_names as names
    on lower(sourcing.name_in_list) = names.term
qualify row_number() over (partition by names.term, sourcing.stage order by sourcing.read_from) = 1
order by names.material, sourcing.stage, sourcing.name_in_list;

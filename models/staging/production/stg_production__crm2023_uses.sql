with

crm2023_use_shares as (select * from {{ ref('crm2023_use_shares') }}),

renamed as (
    select
        crm2023_use_shares.* exclude (nace_label),
        regexp_replace(trim(nace_label), '\s+', ' ', 'g') as nace_label,
        row_number() over (
            partition by material, application order by nace_division, share_text
        ) as use_number,
    from crm2023_use_shares
)

select * from renamed

with

crm2023_use_shares as (
    select * from {{ ref('crm2023_use_shares') }}
),

renamed as (
    select
        material,
        application,
        nace_division,
        regexp_replace(trim(nace_label), '\s+', ' ', 'g') as nace_label,
        share_text,
        row_number() over (
            partition by material, application order by nace_division, share_text
        ) as use_number,
        share,
        value_added_meur,
    from crm2023_use_shares
)

select * from renamed

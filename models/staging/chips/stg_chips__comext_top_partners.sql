with

chips_comext_top10_partners as (
    select * from {{ ref('chips_comext_top10_partners') }}
),

renamed as (
    select
        case reporter when 'EL' then 'GR' else reporter end as reporter_iso2,
        case partner when 'EL' then 'GR' else partner end as partner_iso2,
        period,
        rank as supplier_rank,
        share as value_share,
        value_eur_derived as import_value_eur,
        reporter_total_eur as reporter_import_value_eur,
        n_partners as partner_count,
    from chips_comext_top10_partners
)

select * from renamed

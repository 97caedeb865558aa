with

places as (
    select * from {{ ref('int_trade__places') }}
),

final as (
    select distinct
        source_id,
        place_number,
        place_code,
        place_kind,
        is_member as is_eu_reporter,
        is_member or place_kind = 'intra_eu' as is_intra_eu_partner,
    from places
    where {{ is_bulk_source('source_id') }}
    union all
    select distinct
        source_id,
        cast(0 as smallint) as place_number,
        'EU27' as place_code,
        'aggregate' as place_kind,
        true as is_eu_reporter,
        false as is_intra_eu_partner,
    from places
    where {{ is_bulk_source('source_id') }}
)

select * from final

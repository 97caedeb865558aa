with

composition_rules as (select * from {{ ref('composition_rules') }}),

renamed as (
    select
        * exclude (
            is_elemental, min_share_pct, is_share_included, excludes_from_pct, is_text_at_hand
        ),
        try_cast(min_share_pct as decimal(9, 6)) as min_share_pct,
        try_cast(excludes_from_pct as decimal(9, 6)) as excludes_from_pct,
        {{ yes_or_no('is_elemental') }} as is_elemental,
        {{ yes_or_no('is_share_included') }} as is_share_included,
        {{ yes_or_no('is_text_at_hand') }} as is_text_at_hand,
    from composition_rules
)

select * from renamed

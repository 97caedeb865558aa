with

countries as (select * from {{ ref('stg_reference__countries') }}),
partner_codes as (select * from {{ ref('partner_codes') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

trade_sources as (
    select *
    from {{ ref('stg_reference__trade_sources') }}
    where code_system is not null
),

-- A code of the source's own goes before one that all sources share.
stated as (
    select
        trade_sources.source_id,
        countries.iso2 as source_code,
        countries.iso3 as place_code,
        'country' as place_kind,
        3 as precedence,
    from trade_sources
    cross join countries
    where trade_sources.code_system = 'alpha2'
    union all
    select
        trade_sources.source_id,
        countries.iso3 as source_code,
        countries.iso3 as place_code,
        'country' as place_kind,
        3 as precedence,
    from trade_sources
    cross join countries
    where trade_sources.code_system = 'alpha3'
    union all
    select
        trade_sources.source_id,
        partner_codes.partner_code as source_code,
        coalesce(partner_codes.iso3, partner_codes.partner_code) as place_code,
        partner_codes.partner_kind as place_kind,
        case partner_codes.source_id when '*' then 2 else 1 end as precedence,
    from trade_sources
    inner join partner_codes
        on
            trade_sources.source_id = partner_codes.source_id
            or (
                partner_codes.source_id like '%*'
                and starts_with(trade_sources.source_id, replace(partner_codes.source_id, '*', ''))
            )
),

chosen as (
    select
        source_id,
        source_code,
        arg_min(place_code, precedence) as place_code,
        arg_min(place_kind, precedence) as place_kind,
    from stated
    where source_code is not null
    group by source_id, source_code
),

-- Numbers in the order of the codes, the same for all sources: ties go to the first code.
final as (
    select
        chosen.*,
        cast(dense_rank() over (order by chosen.place_code) as smallint) as place_number,
        members.member_iso3 is not null as is_member,
        members.member_iso3 is not null and trade_sources.has_every_member as is_member_of_sum,
    from chosen
    inner join trade_sources
        on chosen.source_id = trade_sources.source_id
    left join members
        on chosen.place_code = members.member_iso3
)

select * from final

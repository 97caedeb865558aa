with

suspects as (
    select * from {{ ref('int_change__suspects') }}
),

gains as (
    select
        pair_number,
        partner_code,
        {{ sum_of_parts('share_gain') }} as gain_sum,
        {{ sum_of_parts('share_gain', 'is_suspect') }} as suspect_gain,
    from suspects
    group by pair_number, partner_code
),

main_suspects as (
    select *
    from suspects
    where is_suspect
    qualify
        row_number() over (
            partition by pair_number, partner_code
            order by share_gain desc, gaining_partner_code
        ) = 1
),

final as (
    select
        gains.pair_number,
        gains.partner_code,
        main_suspects.gaining_partner_code as rerouting_partner_code,
        gains.suspect_gain / nullif(gains.gain_sum, 0) as suspect_gain_share,
        main_suspects.dependence_before as rerouting_share_before,
        main_suspects.dependence_after as rerouting_share_after,
    from gains
    left join main_suspects
        on
            gains.pair_number = main_suspects.pair_number
            and gains.partner_code = main_suspects.partner_code
)

select * from final

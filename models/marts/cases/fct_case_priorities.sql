with

open_cases as (select * from {{ ref('int_cases__open_cases') }}),
stock_outs as (select * from {{ ref('int_cases__stock_outs') }}),
expected_losses as (select * from {{ ref('int_cases__expected_losses') }}),
curve_strata as (select * from {{ ref('int_licensing__curve_strata') }}),

joined as (
    select
        open_cases.*,
        coalesce(stock_outs.position_count, 0) as position_count,
        coalesce(stock_outs.unknown_position_count, 0) as unknown_position_count,
        stock_outs.unknown_position,
        stock_outs.first_position,
        stock_outs.item_number is not null as has_part,
        stock_outs.days_low,
        stock_outs.days_high,
        stock_outs.first_stock_out_date,
        case
            when stock_outs.days_low is null then 'unknown'
            when not isfinite(stock_outs.days_low) then 'never'
            when stock_outs.unknown_position_count > 0 then 'partly_unknown'
            else 'known'
        end as stock_out_status,
        expected_losses.* exclude (
            expected_losses.item_number, expected_losses.days_lost_low,
            expected_losses.days_lost_high
        ),
        coalesce(of_stratum.decided_cases, of_all.decided_cases, 0) as decided_case_count,
        coalesce(of_stratum.as_of_date, of_all.as_of_date) as register_as_of_date,
        expected_losses.stratum_kind = 'all' and open_cases.material is not null
            as is_wider_stratum,
        {%- for bound in ['low', 'high'] %}
        {{ significant(
            'open_cases.standstill_eur_per_day_' ~ bound
            ~ ' * expected_losses.days_lost_' ~ bound
        ) }} as loss_{{ bound }},
        {%- endfor %}
        case
            when open_cases.deadline_date < open_cases.as_of_date
                then open_cases.as_of_date - open_cases.deadline_date
            when open_cases.deadline_date is not null then 0
        end as days_late,
    from open_cases
    left join stock_outs
        on open_cases.item_number = stock_outs.item_number
    left join expected_losses
        on open_cases.item_number = expected_losses.item_number
    left join curve_strata as of_stratum
        using (data_origin, stratum_kind, stratum)
    left join curve_strata as of_all
        on
            open_cases.data_origin = of_all.data_origin
            and of_all.stratum_kind = 'all'
),

-- What to enter, in the order in which it is looked for.
wanting as (
    select
        *,
        concat_ws(
            '; ',
            case
                when case_id is null
                    then
                        'a row of shipment_cases for the application, with graph_id, part_id and'
                        || ' both bounds of standstill_eur_per_day'
                when graph_id is null then 'graph_id, and part_id, material or product_code'
                when not has_part
                    then
                        coalesce('the part ' || part_id, 'a part of the material or code')
                        || ' in exposure_parts of ' || graph_id
                when position_count = 0
                    then
                        'stock and use of ' || coalesce(part_id, 'a part of the material or code')
                        || ', or of what is made of it'
                        || coalesce(', at ' || site_id, '')
                when stock_out_status = 'unknown'
                    then
                        'stock and use of ' || unknown_position
                        || case
                            when unknown_position_count > 1
                                then ' and ' || (unknown_position_count - 1) || ' more'
                            else ''
                        end
            end,
            case
                when case_id is not null and standstill_eur_per_day_low is null
                    then 'both bounds of standstill_eur_per_day'
            end,
            case
                when decided_date is not null
                    then
                        'outcome and closed_date, or an application that is open: '
                        || application_id || ' was decided on ' || decided_date
                when stratum is null
                    then
                        'licence_applications with {{ var("least_decided_cases") }} decided'
                        || ' applications or more (' || decided_case_count || ' now)'
            end
        ) as wanted,
    from joined
),

ranked as (
    select
        *,
        wanted = '' as is_ranked,
        case
            when wanted = ''
                then
                    row_number() over (
                        partition by data_origin, wanted = ''
                        order by loss_low + loss_high desc, loss_high desc, case_id
                    )
        end as case_rank,
    from wanting
),

final as (
    select
        data_origin,
        graph_id,
        case_id,
        application_id,
        shipment_reference,
        authority,
        measure_id,
        clause_id,
        material,
        product_code,
        part_id,
        site_id,
        supplier,
        channel,
        last_word,
        waits_from,
        stock_out_status,
        stratum_kind,
        stratum,
        case
            when is_ranked
                then
                    'EUR ' || format('{:,}', cast(loss_low as bigint))
                    || ' to ' || format('{:,}', cast(loss_high as bigint))
                    || ' expected to be lost within {{ var("case_horizon_days") }} days: '
                    || case
                        when stock_out_status = 'never' then 'no stock-out as far as use is known'
                        when stock_out_status = 'partly_unknown'
                            then
                                unknown_position_count || ' of ' || position_count
                                || ' positions unknown, so the stock may be out already'
                        when first_stock_out_date <= as_of_date
                            then first_position || ' may be out of stock already'
                        else
                            first_position
                            || coalesce(' may run out from ' || first_stock_out_date, ' lasts')
                    end
                    || ', ' || days_waited || ' days since '
                    || case waits_from
                        when 'accepted' then 'acceptance'
                        when 'not_accepted' then 'filing and not accepted yet'
                        when 'held' then 'it is held'
                        else 'filing'
                    end
                    || case
                        when days_late > 0 then ', ' || days_late || ' past the deadline'
                        else ''
                    end
                    || coalesce(', half wait ' || remaining_days_p50 || ' days more', '')
                    || ' ('
                    || case
                        when is_wider_stratum then 'all applications, too few of ' || material
                        when stratum_kind = 'all' then 'all applications'
                        else stratum
                    end
                    || ': ' || decided_case_count || ' decided by ' || register_as_of_date || ')'
            else 'not ranked: enter ' || replace(wanted, '_', ' ')
        end as reason,
        case when not is_ranked then wanted end as missing_inputs,
        cast(days_waited as integer) as days_waited,
        cast(days_late as integer) as days_past_deadline,
        cast(case when isfinite(days_low) then days_low end as integer) as days_to_stock_out_low,
        cast(case when isfinite(days_high) then days_high end as integer)
            as days_to_stock_out_high,
        cast(position_count as integer) as position_count,
        cast(unknown_position_count as integer) as unknown_position_count,
        cast(standstill_eur_per_day_low as double) as standstill_eur_per_day_low,
        cast(standstill_eur_per_day_high as double) as standstill_eur_per_day_high,
        decided_case_count,
        waiting_cases,
        remaining_days_p50,
        remaining_days_p90,
        case when is_ranked then {{ significant('loss_low') }} end as expected_loss_eur_low,
        case when is_ranked then {{ significant('loss_high') }} end as expected_loss_eur_high,
        cast(case_rank as integer) as case_rank,
        is_wider_stratum,
        is_ranked,
        case when is_ranked then is_beyond_curve end as is_beyond_follow_up,
        filed_date,
        held_since_date,
        last_word_date,
        deadline_date,
        first_stock_out_date,
        register_as_of_date,
        as_of_date,
    from ranked
)

select * from final
order by data_origin, case_rank nulls last, case_id nulls last, authority, application_id

with

press_figures as (select * from {{ ref('int_continuity__press_figures') }}),
eu_memberships as (select * from {{ ref('eu_membership') }}),

stops as (
    select *
    from press_figures
    where mass_t = 0
),

-- What is said of the months before: of the same destination, or of members of the EU where that is
-- the destination. Months of a longer figure that the stop itself says were without trade do not
-- count as months of it.
befores as (
    select
        stops.figure_id,
        figures.destination,
        stops.destination <> figures.destination as is_part,
        figures.month_count = 1 as is_month,
        figures.mass_t,
        figures.known_from,
        figures.first_period,
        figures.last_period,
        figures.span_start,
        least(figures.span_end, stops.span_start - 1) as counted_end,
        date_diff('month', figures.span_start, counted_end) + 1 as counted_months,
    from stops
    inner join press_figures as figures
        on
            stops.item = figures.item
            and stops.flow = figures.flow
            and stops.reporter_code = figures.reporter_code
            and stops.span_start > figures.span_start
            and stops.span_end >= figures.span_end
            and stops.span_start - to_months({{ continuity('stop_baseline_months') }})
            <= figures.span_start
            and stops.figure_id <> figures.figure_id
    left join eu_memberships as members
        on
            figures.destination = members.iso3
            and figures.span_start >= members.joined_on
            and stops.span_end < coalesce(members.left_on, date '9999-12-31')
    where
        stops.destination = figures.destination
        or stops.destination = 'EU27' and members.iso3 is not null
),

-- Figures of the destination itself go before those of its parts.
chosen as (
    select *
    from befores
    qualify is_part = min(is_part) over (partition by figure_id)
),

-- A mean month: all single months together give one, each longer figure another. The lowest of them
-- is the baseline, so that no stop looks surer than the figures before it make it.
rates as (
    select
        figure_id,
        destination,
        sum(mass_t) / sum(counted_months) as mass_per_month_t,
        sum(counted_months) as month_count,
        max(known_from) as known_from,
    from chosen
    group by figure_id, destination, if(is_month, '', first_period || last_period)
),

lowest as (
    select
        figure_id,
        destination,
        min(mass_per_month_t) as mass_per_month_t,
        max(known_from) as known_from,
    from rates
    group by figure_id, destination
),

-- Calendar months that any of the figures holds, and those known to be without trade.
covered as (
    select
        chosen.figure_id,
        count(distinct calendar.month_start) as month_count,
        count(distinct calendar.month_start) filter (
            where chosen.mass_t = 0
        ) as zero_month_count,
    from chosen
    cross join
        unnest(generate_series(chosen.span_start, chosen.counted_end, interval 1 month))
            as calendar (month_start)
    group by chosen.figure_id
),

baselines as (
    select
        figure_id,
        string_agg(destination, ';' order by destination) as destinations,
        sum(mass_per_month_t) as mass_per_month_t,
        max(known_from) as known_from,
    from lowest
    group by figure_id
),

measured as (
    select
        stops.*,
        baselines.destinations as baseline_destinations,
        coalesce(baselines.destinations <> stops.destination, false) as is_baseline_of_a_part,
        coalesce(covered.month_count, 0) as baseline_months,
        coalesce(covered.zero_month_count, 0) as baseline_months_without_trade,
        cast(baselines.mass_per_month_t as double) as baseline_month_mass_t,
        cast(baselines.mass_per_month_t as double) * stops.month_count as expected_mass_t,
        greatest(stops.known_from, baselines.known_from) as knowable_from,
    from stops
    left join baselines
        on stops.figure_id = baselines.figure_id
    left join covered
        on stops.figure_id = covered.figure_id
),

final as (
    select
        figure_id,
        item,
        flow,
        reporter_code,
        destination,
        partner_code,
        nomenclature,
        product_code,
        code_match,
        first_period,
        last_period,
        case
            when baseline_months < {{ continuity('stop_months') }} then 'not_measurable'
            when baseline_months_without_trade > 0 then 'no_trade'
            else 'stopped'
        end as reading,
        case
            when baseline_months = 0
                then
                    'No figure of the ' || {{ continuity('stop_baseline_months') }}
                    || ' months before is at hand.'
            when baseline_months < {{ continuity('stop_months') }}
                then
                    'Months before it that figures hold: ' || baseline_months || '; '
                    || {{ continuity('stop_months') }} || ' are needed.'
            else
                'Nothing in ' || month_count || if(month_count = 1, ' month', ' months')
                || ', where the lowest figure before it lets expect '
                || {{ plain_number('expected_mass_t') }} || ' t'
                || if(is_baseline_of_a_part, ' for ' || baseline_destinations || ' alone', '')
                || if(
                    baseline_months_without_trade > 0,
                    '; months without trade were known before it',
                    ''
                )
                || '. By chance (5%) only if the goods came in shipments of '
                || {{ plain_number('expected_mass_t / ' ~ continuity('chance_events')) }}
                || ' t or more.'
        end as reading_reason,
        baseline_destinations,
        basis,
        basis_note,
        source_id,
        source_url,
        data_origin,
        month_count,
        cast(baseline_months as integer) as baseline_months,
        cast(baseline_months_without_trade as integer) as baseline_months_without_trade,
        {{ significant('baseline_month_mass_t') }} as baseline_month_mass_t,
        {{ significant('expected_mass_t') }} as expected_mass_t,
        {{ significant('expected_mass_t / ' ~ continuity('chance_events')) }}
            as least_shipment_by_chance_t,
        {{ significant(continuity('chance_events') ~ ' / month_count') }}
            as most_shipments_a_month_by_chance,
        is_baseline_of_a_part,
        span_start,
        span_end,
        coalesce(knowable_from, known_from) as known_from,
    from measured
)

select * from final
order by item, destination, span_start

with

mine_output as (select * from {{ ref('int_production__mine_output') }}),
dim_country as (select * from {{ ref('dim_country') }}),

-- A negative output is no output: it makes the total, and so every share, unknown.
with_totals as (
    select
        *,
        cast(quantity as double)
        / nullif(cast(sum(quantity) over mineral_year as double), 0) as share,
        row_number() over (
            partition by mineral, year
            order by quantity desc, producer_iso3 asc, line_number asc
        ) as producer_rank,
        count(*) over (partition by mineral, year, producer_iso3) as lines_of_producer,
        min(quantity) over mineral_year < 0 as has_negative,
    from mine_output
    window mineral_year as (partition by mineral, year)
),

by_mineral as (
    select
        mineral,
        year,
        any_value(unit) as unit,
        max(producer_iso3) filter (where producer_rank = 1) as top_producer_iso3,
        string_agg(distinct producer_iso3, ', ' order by producer_iso3)
        filter (where lines_of_producer > 1) as repeated_producers,
        bool_or(has_negative) as has_negative,
        cast(sum(quantity) as double) as total,
        {{ sum_of_squared_shares('share') }} as hhi,
        max(share) filter (where producer_rank = 1) as cr1,
        {{ sum_in_any_order('share', 'producer_rank <= 3') }} as cr3,
        count(*) filter (where quantity > 0) as producer_count,
        coalesce({{ sum_in_any_order('share', "quality_flag = 'e'") }}, 0) as estimated_share,
        coalesce({{ sum_in_any_order('share', "quality_flag = 'p'") }}, 0) as provisional_share,
    from with_totals
    group by mineral, year
),

stated as (
    select
        *,
        not has_negative and total > 0 as is_known,
    from by_mineral
),

final as (
    select
        stated.mineral,
        stated.unit,
        case when stated.is_known then stated.top_producer_iso3 end as top_producer_iso3,
        case when stated.is_known then dim_country.country_name end as top_producer_name,
        stated.repeated_producers,
        case
            when stated.has_negative then 'a negative quantity'
            when not stated.is_known then 'no production'
        end as reason,
        stated.year,
        case when not stated.has_negative then {{ significant('stated.total') }} end
            as total_quantity,
        case when stated.is_known then {{ significant('stated.hhi') }} end as hhi,
        case when stated.is_known then {{ significant('stated.cr1') }} end as cr1,
        case when stated.is_known then {{ significant('stated.cr3') }} end as cr3,
        case when stated.is_known then {{ significant('1 / stated.hhi') }} end
            as effective_producers,
        cast(stated.producer_count as integer) as producer_count,
        case when stated.is_known then {{ significant('stated.estimated_share') }} end
            as estimated_share,
        case when stated.is_known then {{ significant('stated.provisional_share') }} end
            as provisional_share,
    from stated
    left join dim_country
        on stated.top_producer_iso3 = dim_country.country_iso3
)

select * from final
order by mineral, year

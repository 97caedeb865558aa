{{ config(
    alias='trade_lines',
    materialized=by_period(),
    meta={
        'beside_batches': [
            'int_lineage__trade_lines', 'int_trade__chip_flows', 'int_trade__comtrade_flows'
        ],
    },
) }}

with

all_flows as (select * from {{ ref('int_trade__flows_harmonised') }}),
members as (select * from {{ ref('int_trade__eu27_members') }}),

small_lines as (
    select * from {{ ref('int_lineage__trade_lines') }}
    where {{ beside_batches('source_id') }}
),

-- Of a source of millions of lines the partners are kept together, too.
large_sources as (
    select source_id
    from small_lines
    group by source_id
    having count(*) > {{ var('lines_told_by_partner') }}
),

lines_as_told as (
    select
        small_lines.* replace (
            case when large_sources.source_id is null then small_lines.partner_code end
                as partner_code,
            large_sources.source_id is null and small_lines.is_inside_eu as is_inside_eu
        ),
        large_sources.source_id is null as is_told_by_partner,
    from small_lines
    left join large_sources
        on small_lines.source_id = large_sources.source_id
),

small_sums as (
    select
        * exclude (line_number, is_told_by_partner),
        case
            when
                bool_and(is_told_by_partner)
                and count(*) between 2 and 1000
                and count(*) <= max(line_number) - min(line_number)
                then list(line_number order by line_number)
        end as line_numbers,
        min(line_number) as first_line,
        max(line_number) as last_line,
        count(*) as line_count,
    from lines_as_told
    group by all
),

-- Bulk sources: a count and a range per reporter, product and period; never the rows again.
bulk_sums as (
    select
        source_id,
        source_id as table_name,
        vintage,
        product_code,
        period,
        flow,
        reporter_code,
        false as is_inside_eu,
        any_value(nomenclature) as nomenclature,
        any_value(currency) as currency,
        min(line_number) as first_line,
        max(line_number) as last_line,
        count(*) as line_count,
    from all_flows
    where {{ in_batch('all_flows') }}
    group by source_id, vintage, product_code, period, flow, reporter_code
),

unioned as (
    select
        * exclude (line_numbers),
        {{ line_ranges('line_numbers') }} as lines,
    from small_sums
    union all by name
    select * from bulk_sums
),

final as (
    select
        unioned.* exclude (
            unioned.is_inside_eu, unioned.first_line, unioned.last_line, unioned.line_count
        ),
        cast(unioned.first_line as integer) as first_line,
        cast(unioned.last_line as integer) as last_line,
        cast(unioned.line_count as integer) as line_count,
        reporters.member_iso3 is not null as is_eu_reporter,
        -- Of all partners together nobody can say it.
        case
            when unioned.partner_code is not null
                then partners.member_iso3 is not null or unioned.is_inside_eu
        end as is_intra_eu_partner,
    from unioned
    left join members as reporters
        on unioned.reporter_code = reporters.member_iso3
    left join members as partners
        on unioned.partner_code = partners.member_iso3
)

select * from final
order by product_code, source_id, nomenclature, period, flow, reporter_code, partner_code

{{ config(alias='known_gaps', schema='meta') }}

with

listed as (
    select * from {{ ref('rpt_listed_codes') }}('EU27', null, current_date, current_date)
),

-- The source that goes first holds every subheading; its release of January ends a year earlier.
filling as (
    select
        arg_min(source_id, source_rank) as source_id,
        'chokepoint download ' || arg_min(source_id, source_rank)
        || ' --from ' || year(current_date) || ' --to ' || year(current_date) as command,
    from {{ ref('dim_trade_source') }}
),

final as (
    select
        listed.partner_iso3,
        listed.state,
        listed.product_code,
        listed.scope_id,
        listed.measure_id,
        listed.clause_id,
        listed.instrument_no,
        listed.title,
        listed.source_url,
        case
            when listed.product_code is not null
                then 'no source at hand has the imports of all goods of the code'
            when listed.scope_id is not null then 'the act lists the item without a code'
            else 'no goods of the clause are recorded'
        end as reason,
        case when listed.product_code is not null then filling.source_id end as filled_by,
        case when listed.product_code is not null then filling.command end as command,
    from listed
    cross join filling
    where listed.figures_of is null
)

select * from final
order by product_code, measure_id, clause_id, scope_id, state

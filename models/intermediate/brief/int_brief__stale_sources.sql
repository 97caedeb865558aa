with

source_periods as (select * from {{ ref('int_brief__source_periods') }}),

registry as (
    {{ source_registry() }}
),

trade_sources as (select * from {{ ref('stg_reference__trade_sources') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),

-- From when a later period was known: of the known ones, and of all.
followed as (
    select
        *,
        min(knowable_from) over (
            partition by source_id, jurisdiction
            order by period_end
            rows between 1 following and unbounded following
        ) as later_known_from,
    from source_periods
),

-- The latest period that was known, until a later one came; and a month that is missing although
-- a later one has come.
stale_periods as (
    select
        case
            when jurisdiction is null then 'stale_source|' || source_id
            else 'stale_law|' || jurisdiction
        end || '|after ' || period as fact_id,
        source_id,
        jurisdiction,
        case
            when jurisdiction is null
                then
                    ': nothing newer than ' || period || '; a newer period was due by '
                    || (stale_on - 1) || '. What is missing is not zero.'
            else
                case what_was_read
                    when 'list' then ': the list of acts was read to '
                    else ': the list of acts was not read; the newest source is of '
                end || period || '. The law was to be read again by ' || (stale_on - 1)
                || '. A later act may be missing.'
        end as finding,
        stale_on as due_on,
        knowable_from as known_from,
        later_known_from as known_to,
    from followed
    where
        knowable_from is not null
        -- Of a source that nobody goes on with none is due.
        and stale_on is not null
        and (later_known_from is null or knowable_from < later_known_from)
    union all
    select
        'stale_source|' || source_id || '|' || period as fact_id,
        source_id,
        jurisdiction,
        ': ' || period || ' is missing although a later month has come. It is not zero.'
            as finding,
        due_on,
        greatest(due_on, later_known_from) as known_from,
        knowable_from as known_to,
    from followed
    where
        is_monthly
        and later_known_from is not null
        and (knowable_from is null or greatest(due_on, later_known_from) < knowable_from)
),

final as (
    select
        stale_periods.fact_id,
        case when stale_periods.jurisdiction is null then 'stale_source' else 'stale_law' end
            as line_kind,
        'medium' as severity,
        -- Titles tell the span of the bundled copy, which a replay cannot know.
        case
            when stale_periods.source_id = 'licence_applications'
                then 'Own register of licence applications'
            when stale_periods.jurisdiction is not null
                then 'Law, ' || coalesce(countries.country_name, stale_periods.jurisdiction)
            else
                coalesce(
                    trade_sources.source_name || ', by ' || registry.producer, registry.producer
                )
        end || stale_periods.finding as headline,
        coalesce(stale_periods.jurisdiction, stale_periods.source_id) as subject_id,
        stale_periods.source_id,
        case
            when stale_periods.jurisdiction is not null then 'docs/sources/law.md'
            else coalesce(registry.url, 'docs/using/licences.md')
        end as evidence_url,
        case when registry.url is null then 'Your licence applications' else registry.title end
            as evidence_title,
        'settled' as certainty,
        registry.table_name,
        -- The sample does not age: what is stale of this source is your own.
        case when stale_periods.source_id = 'licence_applications' then 'own' end as data_origin,
        true as is_standing,
        stale_periods.due_on as event_date,
        stale_periods.due_on,
        stale_periods.known_from,
        stale_periods.known_to,
    from stale_periods
    inner join registry
        on stale_periods.source_id = registry.table_name
    left join countries
        on stale_periods.jurisdiction = countries.iso2
    left join trade_sources
        on stale_periods.source_id = trade_sources.source_id
)

select * from final

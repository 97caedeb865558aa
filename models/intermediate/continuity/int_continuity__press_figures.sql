with

press_figures as (select * from {{ ref('gacc_exports_press_figures') }}),
press_items as (select * from {{ ref('press_items') }}),
macro_facts as (select * from {{ ref('stg_reference__macro_facts') }}),
countries as (select * from {{ ref('stg_reference__countries') }}),

registry as (
    {{ source_registry() }}
),

-- Two tables hold such figures: one list of figures with their addresses, and checks of ours.
printed as (
    select
        'gacc_exports_press_figures' as table_name,
        [item, period, destination] as seed_key,
        item,
        destination,
        left(period, 7) as first_period,
        right(period, 7) as last_period,
        value as value_number,
        unit,
        if(basis = 'stated', 'stated', 'derived') as basis,
        nullif(basis, 'stated') as basis_note,
        source_url,
    from press_figures
    union all by name
    select
        'macro_facts' as table_name,
        [macro_facts.fact_id] as seed_key,
        press_items.item,
        coalesce(destinations.iso3, macro_facts.partner) as destination,
        case length(macro_facts.period)
            when 4 then macro_facts.period || '-01'
            else left(macro_facts.period, 7)
        end as first_period,
        case length(macro_facts.period)
            when 4 then macro_facts.period || '-12'
            else right(macro_facts.period, 7)
        end as last_period,
        macro_facts.value_number,
        macro_facts.unit,
        if(macro_facts.is_derived, 'derived', 'stated') as basis,
        case when macro_facts.is_derived then macro_facts.note end as basis_note,
        macro_facts.source_url,
    from macro_facts
    inner join press_items
        on macro_facts.product = press_items.macro_facts_product
    left join countries as destinations
        on macro_facts.partner = destinations.iso2
    where
        macro_facts.reporter = 'CN'
        and macro_facts.flow = 'export'
        and macro_facts.metric = 'quantity'
        and macro_facts.unit in ('t', 'kg')
),

weighed as (
    select
        *,
        cast(if(unit = 'kg', value_number / 1000, value_number) as decimal(18, 6)) as mass_t,
    from printed
),

-- The same figure on several pages is one figure: the one that is stated, with its own address.
-- Pages round; what is left between those that state it is told.
figures as (
    select
        *,
        count(*) over same_figure as page_count,
        max(mass_t) filter (where basis = 'stated') over same_figure
        - min(mass_t) filter (where basis = 'stated') over same_figure as page_difference_t,
    from weighed
    window same_figure as (partition by item, destination, first_period, last_period)
    qualify
        row_number() over (
            partition by item, destination, first_period, last_period
            order by basis desc, table_name, seed_key
        ) = 1
),

dated as (
    select
        *,
        {{ first_day('first_period') }} as span_start,
        {{ last_day_of('last_period') }} as span_end,
        cast(date_diff('month', span_start, span_end) + 1 as integer) as month_count,
    from figures
),

final as (
    select
        concat_ws(
            '|',
            dated.item,
            dated.destination,
            if(
                dated.month_count = 1,
                dated.first_period,
                dated.first_period || '..' || dated.last_period
            )
        ) as figure_id,
        dated.* exclude (dated.value_number, dated.unit, dated.page_count),
        registry.source_id,
        'export' as flow,
        'CHN' as reporter_code,
        case
            when dated.destination in ('WORLD', 'EU27') then dated.destination
            else destinations.iso3
        end as partner_code,
        'HS2022' as nomenclature,
        press_items.product_code,
        press_items.national_code,
        press_items.code_match,
        case
            when dated.month_count = 1 then 'month'
            when dated.month_count = 12 and month(dated.span_start) = 1 then 'year'
            when dated.month_count = 3 and month(dated.span_start) in (1, 4, 7, 10) then 'quarter'
            else 'span'
        end as period_kind,
        dated.unit as printed_unit,
        cast(dated.page_count as integer) as page_count,
        registry.data_origin,
        -- What was read from other figures may rest on the growth of the month after.
        if(dated.basis = 'derived', last_day(dated.span_end + 1), dated.span_end)
        + cast(registry.publication_lag_days as integer) as known_from,
    from dated
    inner join press_items
        on dated.item = press_items.item
    inner join registry
        on registry.source_id = 'gacc_exports_press_figures'
    left join countries as destinations
        on dated.destination = destinations.iso3
)

select * from final

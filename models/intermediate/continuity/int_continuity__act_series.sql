with

series as (select * from {{ ref('int_continuity__series') }}),
acts as (select * from {{ ref('int_law__acts') }}),
product_coverage as (select * from {{ ref('int_law__product_coverage') }}),
exporters as (select * from {{ ref('int_law__exporters') }}),
destinations as (select * from {{ ref('int_law__destinations') }}),
destination_countries as (select * from {{ ref('int_law__destination_countries') }}),

-- Law that restricts trade in goods. Of an announcement known to the month, the first day counts,
-- so that no month after it can be in the baseline; of a start, the last day.
starting_acts as (
    select
        acts.act_id as measure_id,
        destinations.destination,
        coalesce({{ first_day('acts.announced_on') }}, {{ first_day('acts.effective_from') }})
            as announced_on,
        {{ last_day_of('acts.effective_from') }} as effective_on,
    from acts
    inner join destinations
        on acts.target_partner = destinations.target_partner
    where acts.is_measure and acts.standing = 'law' and acts.severity_weight is not null
),

act_products as (
    select
        measure_id,
        nomenclature,
        product_code,
        case when bool_or(coverage = 'whole') then 'whole' else 'partial' end as coverage,
    from product_coverage
    where coverage <> 'may_overlap'
    group by measure_id, nomenclature, product_code
),

pairs as (
    select distinct
        series_number,
        flow,
        reporter_code,
        partner_code,
        nomenclature,
        product_code,
        case flow when 'import' then partner_code else reporter_code end as exporter_code,
        case flow when 'import' then reporter_code else partner_code end as destination_code,
    from series
),

-- The total of all destinations holds those that the act is addressed to.
bearing as (
    select
        pairs.* exclude (pairs.exporter_code, pairs.destination_code),
        starting_acts.measure_id,
        act_products.coverage,
        starting_acts.announced_on,
        starting_acts.effective_on,
    from pairs
    inner join act_products
        using (nomenclature, product_code)
    inner join starting_acts
        on act_products.measure_id = starting_acts.measure_id
    inner join exporters
        on
            starting_acts.measure_id = exporters.measure_id
            and pairs.exporter_code = exporters.country_iso3
    left join destination_countries
        on
            starting_acts.destination = destination_countries.destination
            and pairs.destination_code = destination_countries.country_code
    where
        starting_acts.announced_on is not null
        and (destination_countries.country_code is not null or pairs.partner_code = 'WORLD')
),

-- A total of all suppliers is followed beside the supplier whom the act is about.
totals as (
    select distinct
        pairs.series_number,
        bearing.measure_id,
        bearing.coverage,
        bearing.announced_on,
        bearing.effective_on,
    from pairs
    inner join bearing
        using (flow, reporter_code, nomenclature, product_code)
    where pairs.flow = 'import' and pairs.partner_code = 'WORLD'
),

final as (
    select
        series_number,
        measure_id,
        coverage,
        announced_on,
        effective_on,
    from bearing
    union
    select totals.*
    from totals
)

select * from final

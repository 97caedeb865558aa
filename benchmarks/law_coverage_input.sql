-- Made-up law and trade for law_coverage.py: the tables that the models under test read, with the
-- columns they read. Every choice is a hash of the row's number, a salt and the seed, so that the
-- same variables give the same rows on any number of threads.
-- Variables: seed, trade_rows, measures (two clauses each), codes_per_measure, seeds_dir.

create schema intermediate;
create schema staging;
create schema marts;

create macro draw(number, salt, choices) as
    cast(hash(number, salt, getvariable('seed')) % choices as integer);

-- Places, states and members are the project's own.
create table staging.stg_reference__countries as
select iso3, iso2, name as country_name
from read_csv(getvariable('seeds_dir') || '/reference/countries.csv', all_varchar = true, nullstr = '');

create table intermediate.int_trade__eu27_members as
select iso3 as member_iso3
from read_csv(getvariable('seeds_dir') || '/reference/eu_membership.csv', all_varchar = true, nullstr = '')
where left_on is null;

create table staging.stg_law__measure_state_names as
select state, cast(state_rank as integer) as state_rank, is_standing = 'Y' as is_standing
from read_csv(getvariable('seeds_dir') || '/measures/measure_states.csv', all_varchar = true);

create table staging.stg_reference__macro_facts (
    fact_id varchar, reporter varchar, flow varchar, product_codes_text varchar, partner varchar,
    period varchar, metric varchar, unit varchar, value_number decimal(24, 6)
);

create table places as
select iso3, cast(row_number() over (order by hash(iso3)) - 1 as integer) as place_number
from staging.stg_reference__countries;

-- 5,000 subheadings, the same texts in each edition.
create table products as
select
    cast(number as integer) as product_number,
    lpad(cast(10000 + number * 19 as varchar), 6, '0') as product_code,
from range(5000) as numbers (number);

-- Four tenths of the measures are of one exporter, the rest of forty.
create table measures as
select
    cast(number as integer) as measure_number,
    'M' || lpad(cast(number as varchar), 5, '0') as measure_id,
    if(draw(number, 'big exporter', 10) < 4, 0, draw(number, 'exporter', 40)) as exporter_number,
    draw(number, 'first product', 5000) as first_product,
from range(getvariable('measures')) as numbers (number);

create table intermediate.int_law__exporters as
select measures.measure_id, places.iso3 as country_iso3, cast(0.6 as double) as severity_weight
from measures
inner join places on measures.exporter_number = places.place_number;

create table clauses as
select
    row_number() over (order by measures.measure_number, parts.part) as clause_number,
    measures.measure_id,
    'item-' || parts.part as clause_id,
    case draw(measures.measure_number * 2 + parts.part, 'destination', 20)
        when 0 then 'USA'
        when 1 then 'JPN'
        when 2 then 'DEU'
        when 3 then 'EU27'
        when 4 then 'EU27'
        when 5 then 'ALL_NON_EU'
        when 6 then 'ALL_NON_EU'
        else 'ALL'
    end as destination,
    draw(measures.measure_number * 2 + parts.part, 'users', 10) as users,
from measures
cross join range(1, 3) as parts (part);

create table intermediate.int_law__clauses as
select
    measure_id as act_id,
    clause_id,
    true as is_measure,
    if(draw(clause_number, 'addressee', 20) = 0, 'one firm', null) as addressee,
from clauses;

create table timelines as
select
    clauses.*,
    users.user_type,
    row_number() over (order by clauses.clause_number, users.user_type) as timeline_number,
from clauses
cross join lateral (
    select unnest(if(clauses.users = 0, ['civil', 'military'], ['all'])) as user_type
) as users;

create table intermediate.int_law__timelines as
select measure_id as act_id, clause_id, destination, user_type, 'base' as claim_group, 0 as depth
from timelines;

-- One code in four is listed whole.
create table intermediate.int_law__scope_codes as
select
    measures.measure_id,
    'HS2022' as nomenclature,
    products.product_code,
    draw(measures.measure_number * 5000 + codes.code, 'whole', 4) = 0 as is_whole,
    cast(null as integer) as code_valid_from_year,
from measures
cross join range(getvariable('codes_per_measure')) as codes (code)
inner join products
    on (measures.first_product + codes.code * 97) % 5000 = products.product_number;

-- Law lists codes of HS 2022; trade has those of HS 2012 and HS 2017. Of two neighbours in six, goods
-- of one moved to the other, one was divided, or both were merged; now and then waste left a code.
create table moves as
select
    editions.before,
    editions.after,
    products.product_number,
    products.product_number % 2 = 0 as is_first,
    case draw(products.product_number // 2 * 10 + editions.step, 'move', 18)
        when 0 then 'moved' when 1 then 'divided' when 2 then 'merged' else 'same'
    end as move,
from products
cross join (values (1, 'HS2012', 'HS2017'), (2, 'HS2017', 'HS2022')) as editions (step, before, after);

create table staging.stg_reference__hs_concordances as
with

kept as (
    select before, after, product_number as from_number, product_number as to_number
    from moves
    where move in ('same', 'moved') or is_first
    union all
    select before, after, product_number, product_number + 1
    from moves
    where move in ('moved', 'divided') and is_first
    union all
    select before, after, product_number, product_number - 1
    from moves
    where move = 'merged' and not is_first
),

counted as (
    select
        kept.*,
        count(*) over (partition by before, from_number) as later_code_count,
        count(*) over (partition by after, to_number) as earlier_code_count,
    from kept
)

select
    counted.before as nomenclature_before,
    earlier.product_code as code_before,
    counted.after as nomenclature_after,
    later.product_code as code_after,
    'n:n' as stated_relationship,
    case
        when later_code_count = 1 and earlier_code_count = 1 then 'same'
        when later_code_count = 1 then 'part_of'
        when earlier_code_count = 1 then 'holds'
        else 'overlaps'
    end as link,
    false as is_waste,
    later_code_count,
    earlier_code_count,
from counted
inner join products as earlier on counted.from_number = earlier.product_number
inner join products as later on counted.to_number = later.product_number
union all
select 'HS2017', product_code, 'HS2022', '854999', 'n:n', 'overlaps', true, 1, 1
from products
where product_number % 50 = 0;

-- Names of the CN: no trade here is in it.
create table intermediate.int_law__known_codes (
    nomenclature varchar, nomenclature_family varchar, product_code varchar, edition_year integer,
    hs_nomenclature varchar, hs6_code varchar, is_newest boolean
);

-- Two to six states a timeline from 2014 on; one timeline in twenty is disputed from its last
-- state on; what was once believed stands beside what is known now.
create table steps as
select
    timelines.*,
    steps.step,
    2 + draw(timelines.timeline_number, 'steps', 5) as step_count,
    date '2014-01-01'
    + draw(timelines.timeline_number, 'start', 2500)
    + cast(steps.step * 150 as integer)
    + draw(timelines.timeline_number * 10 + steps.step, 'gap', 150) as valid_from,
    case
        when steps.step = 0 then 'announced'
        else
            ['in_force', 'in_force', 'suspended', 'in_force', 'exempted', 'lapsed_presumed', 'repealed'][
                1 + draw(timelines.timeline_number * 10 + steps.step, 'state', 7)
            ]
    end as state,
    draw(timelines.timeline_number, 'dispute', 20) = 0 and steps.step = step_count - 1 as is_disputed,
from timelines
cross join range(6) as steps (step)
where steps.step < 2 + draw(timelines.timeline_number, 'steps', 5);

create table intermediate.int_law__measure_states as
with
current_states as (
    select
        measure_id,
        clause_id,
        destination,
        user_type,
        'base' as claim_group,
        valid_from,
        lead(valid_from) over (partition by timeline_number order by step) as valid_to,
        valid_from as known_from,
        cast(null as date) as known_to,
        state,
        is_disputed,
    from steps
)

select * from current_states
union all
select current_states.* replace (
    'd/B' as claim_group, if(state = 'suspended', 'in_force', 'suspended') as state
)
from current_states
where is_disputed
union all
select current_states.* replace (
    cast(null as date) as valid_to,
    valid_from - 100 as known_from,
    valid_from as known_to,
    false as is_disputed
)
from current_states
where state <> 'announced';

-- A panel: one importer buys one product from one exporter in each of eight years, or in each of
-- eight months. 60 importers, 60 exporters. The stride visits each combination at most once.
create table intermediate.int_trade__imports_by_supplier as
with
panel as (
    select
        number,
        (number * 7368787) % (60 * 60 * 5000) as place,
        number % 8 = 7 as is_monthly,
    from range(cast(getvariable('trade_rows') / 8 as bigint)) as numbers (number)
),

flows as (
    select
        panel.number,
        panel.is_monthly,
        importers.iso3 as reporter_code,
        exporters.iso3 as partner_code,
        products.product_code,
        unnest(
            if(
                panel.is_monthly,
                ['2024-01', '2024-02', '2024-03', '2024-04', '2024-05', '2024-06', '2024-07', '2024-08'],
                ['2017', '2018', '2019', '2020', '2021', '2022', '2023', '2024']
            )
        ) as period,
    from panel
    inner join products on panel.place % 5000 = products.product_number
    inner join places as exporters on (panel.place // 5000) % 60 = exporters.place_number
    inner join places as importers on panel.place // 300000 + 60 = importers.place_number
)

select
    if(is_monthly, 'monthly_source', 'annual_source') as source_id,
    if(is_monthly, 'HS2017', 'HS2012') as nomenclature,
    product_code,
    period,
    if(is_monthly, 'monthly', 'annual') as frequency,
    reporter_code,
    partner_code,
    'country' as partner_kind,
    if(is_monthly, 'EUR', 'USD') as currency,
    cast(null as varchar) as coverage,
    cast((1 + hash(number, period, 'value', getvariable('seed')) % 100000000000) / 1000 as decimal(38, 3))
        as value_in_currency,
    cast(
        case
            when draw(number, 'has mass', 10) > 0
                then (1 + hash(number, period, 'mass', getvariable('seed')) % 10000000000) / 1000
        end as decimal(38, 3)
    ) as net_mass_kg,
    case when not is_monthly then cast(1.05 + draw(cast(period as integer), 'rate', 1000) / 10000 as double) end
        as usd_per_eur,
from flows;

create table intermediate.int_trade__product_periods as
select distinct source_id, nomenclature, product_code, period
from intermediate.int_trade__imports_by_supplier;

create table intermediate.int_trade__imports as
select * from intermediate.int_trade__imports_by_supplier;

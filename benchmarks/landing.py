"""Landing of a month of Comext, against DuckDB's own copy of the same file to Parquet.

    python benchmarks/landing.py [--rows 5000000] [--runs 3] [--folder DIR] [--archive]

Writes a file in Eurostat's layout with made-up figures (seeded), lands it, and has DuckDB copy it
to Parquet with the types it finds itself, in turn, with the same threads and memory. Prints the
seconds of each and the ratio of the medians. `--archive` lands the 7z of the file too, against
unpacking it and copying.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chokepoint.landing.land import land
from chokepoint.landing.producers.comext import BULK_MONTHLY
from chokepoint.settings import Settings

MEMBERS = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
PARTNER_COUNT = 230
PRODUCT_COUNT = 9_500
ROWS = 5_000_000


def write_month(path: Path, rows: int, month: str = "202401", seed: int = 7) -> Path:
    """Write a file in the layout of Eurostat's monthly bulk file, with made-up figures.

    path   `full_YYYYMM.dat`
    rows   at most 27 members x 230 partners x 9,500 products x 2 flows
    month  YYYYMM

    Sorted as Eurostat sorts, every key once; one row in fifty hides its product.
    """
    codes = Settings().project_dir / "seeds" / "reference" / "countries.csv"
    members = ", ".join(f"'{code}'" for code in MEMBERS)
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as con:
        con.execute(f"""
            create table partners as
            select row_number() over (order by iso2) - 1 as nth, iso2
            from (
                select iso2 from read_csv('{codes}', header = true)
                where iso2 is not null order by iso2 limit {PARTNER_COUNT}
            )
        """)
        con.execute(f"""
            create table cells as
            select (number * 1000003 + {seed}) % {27 * PARTNER_COUNT * PRODUCT_COUNT * 2} as cell
            from range({rows}) as numbers(number)
            order by cell
        """)
        con.execute(f"""
            copy (
                select
                    ([{members}])[cell // {PARTNER_COUNT * PRODUCT_COUNT * 2} + 1] as REPORTER,
                    iso2 as PARTNER,
                    if(list_contains([{members}], iso2), 'I', 'E') as TRADE_TYPE,
                    case
                        when hash(cell, {seed}) % 50 = 0
                            then printf('%02d', 1 + product % 97) || 'XXXXXX'
                        else printf('%08d', 1012100 + product * 10403)
                    end as PRODUCT_NC,
                    printf('%05d', product % 90000) as PRODUCT_SITC,
                    printf('%04d', product % 3000) as PRODUCT_CPA21,
                    printf('%04d', product % 3000) as PRODUCT_CPA22,
                    printf('%03d', product % 700) as PRODUCT_BEC,
                    printf('%06d', 110000 + product) as PRODUCT_BEC5,
                    printf('%02d', 1 + product % 21) as PRODUCT_SECTION,
                    1 + cell % 2 as FLOW,
                    if(hash(cell, {seed} + 1) % 9 = 0, 2, 1) as STAT_PROCEDURE,
                    if(product % 3 = 0, 'PST', 'NO_SU') as SUPPL_UNIT,
                    {month} as PERIOD,
                    hash(cell, {seed} + 2) % 900000 as VALUE_EUR,
                    hash(cell, {seed} + 2) % 900000 as VALUE_NAC,
                    hash(cell, {seed} + 3) % 70000 as QUANTITY_KG,
                    if(product % 3 = 0, hash(cell, {seed} + 4) % 500, 0) as QUANTITY_SUPPL_UNIT,
                from (
                    select
                        cell,
                        cell // 2 % {PRODUCT_COUNT} as product,
                        cell // {PRODUCT_COUNT * 2} % {PARTNER_COUNT} as partner,
                    from cells
                )
                inner join partners on partner = nth
                order by cell
            ) to '{path}' (format csv, header, delimiter ',')
        """)
    return path


def copy_with_duckdb(path: Path, target: Path, settings: Settings) -> float:
    """Seconds of DuckDB's copy of a CSV to Parquet, types found by itself."""
    started = time.perf_counter()
    with duckdb.connect(
        config={"threads": settings.threads, "memory_limit": settings.memory_limit}
    ) as con:
        con.execute(f"copy (from read_csv('{path}')) to '{target}' (format parquet)")
    return time.perf_counter() - started


def land_once(path: Path, settings: Settings) -> float:
    """Seconds of landing a file for the first time."""
    shutil.rmtree(settings.data_dir, ignore_errors=True)
    started = time.perf_counter()
    land(path, BULK_MONTHLY, settings, known_on=dt.date(2026, 12, 1))
    return time.perf_counter() - started


def pack(path: Path) -> Path:
    """The 7z of a file, as Eurostat packs it."""
    import py7zr

    target = path.with_name(path.name.replace("full_", "full_v2_")).with_suffix(".7z")
    with py7zr.SevenZipFile(target, "w") as archive:
        archive.write(path, path.name)
    return target


def unpack_and_copy(path: Path, folder: Path, settings: Settings) -> float:
    """Seconds of unpacking a 7z and copying what it holds with DuckDB."""
    import py7zr

    started = time.perf_counter()
    with py7zr.SevenZipFile(path) as archive:
        archive.extractall(folder)
    copy_with_duckdb(next(folder.glob("*.dat")), folder / "copy.parquet", settings)
    return time.perf_counter() - started


def measure(
    folder: Path, rows: int = ROWS, runs: int = 3, *, with_archive: bool = False
) -> dict[str, float]:
    """Medians of seconds and their ratios; the peer is measured in turn with landing.

    folder  where the file and what comes of it may lie; about 250 bytes a row are needed
    """
    settings = dataclasses.replace(Settings.from_env(), data_dir=folder / "landed")
    path = write_month(folder / "full_202401.dat", rows)
    seconds: dict[str, list[float]] = {}
    for _ in range(runs):
        target = folder / "copy.parquet"
        seconds.setdefault("copy", []).append(copy_with_duckdb(path, target, settings))
        seconds.setdefault("land", []).append(land_once(path, settings))
    if with_archive:
        archive = pack(path)
        for _ in range(runs):
            unpacked = folder / "unpacked"
            unpacked.mkdir()
            seconds.setdefault("unpack_and_copy", []).append(
                unpack_and_copy(archive, unpacked, settings)
            )
            shutil.rmtree(unpacked)
            seconds.setdefault("land_archive", []).append(land_once(archive, settings))
    result = {name: statistics.median(taken) for name, taken in seconds.items()}
    result["rows"] = rows
    result["ratio"] = result["land"] / result["copy"]
    if with_archive:
        result["archive_ratio"] = result["land_archive"] / result["unpack_and_copy"]
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--archive", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chokepoint-bench-", dir=options.folder) as folder:
        result = measure(Path(folder), options.rows, options.runs, with_archive=options.archive)
    for name, value in result.items():
        print(f"{name:>16}  {value:,.2f}")


if __name__ == "__main__":
    main()

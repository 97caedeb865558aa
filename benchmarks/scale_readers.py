"""Readers of a file: point queries, a hundred threads, and one of many readers beside a build.

Run by scale.py, each command in a process of its own:

    scale_readers.py point FILE
    scale_readers.py watch FILE STOP_FILE
"""

import json
import random
import statistics
import sys
import threading
import time
from pathlib import Path

import duckdb

QUERY = """
    select import_value_eur, hhi_value, top_supplier_iso3, top_supplier_value_share
    from marts.fct_import_concentration
    where
        reporter_code = ? and supplier_scope = ? and source_id = ? and nomenclature = ?
        and product_code = ? and period = ?
"""
# What a reader sees must belong to one release: rows told and rows there.
STATE = """
    select
        release_id,
        (
            select row_count from meta.relations
            where schema_name = 'marts' and relation_name = 'fct_import_concentration'
        ) as rows_told,
        (select count(*) from marts.fct_import_concentration) as rows_there,
        row_count = (select sum(row_count) from meta.relations) as is_sum_right,
    from meta.build
"""
QUERIES, OPENINGS, THREADS, QUERIES_PER_THREAD = 200, 50, 100, 10
# Seconds between two looks of a reader: without, 32 of them leave a build of two cores nothing.
PAUSE = 5


def timed(call: object, *arguments: object) -> tuple[float, object]:
    begun = time.perf_counter()
    result = call(*arguments)
    return 1000 * (time.perf_counter() - begun), result


def p95(milliseconds: list[float]) -> float:
    return sorted(milliseconds)[int(0.95 * len(milliseconds))]


def point(path: Path) -> dict:
    """Milliseconds of a query for one cell: open, with opening, and by 100 threads at once."""
    con = duckdb.connect(str(path), read_only=True)
    keys = con.execute(
        f"""
        select reporter_code, supplier_scope, source_id, nomenclature, product_code, period
        from marts.fct_import_concentration using sample reservoir({QUERIES} rows) repeatable (1)
        """
    ).fetchall()

    def ask(cursor: duckdb.DuckDBPyConnection, key: tuple) -> None:
        assert len(cursor.execute(QUERY, key).fetchall()) == 1

    ask(con, keys[0])
    opened = [timed(ask, con, key)[0] for key in keys]

    of_threads: list[float] = []

    def read_on(nth: int) -> None:
        cursor = con.cursor()
        for step in range(QUERIES_PER_THREAD):
            of_threads.append(timed(ask, cursor, keys[(7 * nth + step) % len(keys)])[0])

    threads = [threading.Thread(target=read_on, args=(nth,)) for nth in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    con.close()

    def open_and_ask(key: tuple) -> None:
        with duckdb.connect(str(path), read_only=True) as fresh:
            ask(fresh, key)

    opening = [timed(open_and_ask, key)[0] for key in keys[:OPENINGS]]
    return {
        "open_ms": statistics.median(opened),
        "with_opening_ms": statistics.median(opening),
        "threads_p95_ms": p95(of_threads),
        "answers": len(of_threads),
    }


def watch(path: Path, stop: Path) -> dict:
    """Open the file again and again until told to stop; what was seen, and how long it took."""
    milliseconds, errors, torn, releases = [], [], 0, set()

    def look() -> tuple:
        with duckdb.connect(str(path), read_only=True) as con:
            return con.execute(STATE).fetchone()

    while not stop.exists():
        time.sleep(PAUSE * random.random() * 2)
        try:
            taken, (release, told, there, is_sum_right) = timed(look)
        except duckdb.Error as error:
            errors.append(str(error)[:200])
            continue
        milliseconds.append(taken)
        releases.add(release)
        torn += told != there or not is_sum_right
    return {
        "milliseconds": milliseconds,
        "errors": errors,
        "torn": torn,
        "releases": sorted(releases),
    }


if __name__ == "__main__":
    command, *paths = sys.argv[1:]
    print(json.dumps({"point": point, "watch": watch}[command](*map(Path, paths))))

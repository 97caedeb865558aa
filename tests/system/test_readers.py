"""Readers of the published file and of its mirror while releases change."""

from __future__ import annotations

import subprocess
import sys
import threading

import duckdb
import publishing_warehouse as kit

from chokepoint.releases.published import activate, list_releases

_READER = """
import os, sys, threading, time, duckdb
folder, seen, told = sys.argv[1], set(), threading.Event()

def connect(*arguments, **options):
    con = duckdb.connect(*arguments, **options)
    con.execute("set enable_progress_bar = false")
    return con

def counts(con, shares, shown):
    return [con.execute("select count(*) from " + of).fetchall()[0][0] for of in (shares, shown)]

def read_database():
    with connect(folder + "/chokepoint.duckdb", read_only=True) as con:
        release = con.execute("select release_id from meta.build").fetchall()[0][0]
        seen.add((release, *counts(con, "marts.fct_shares", "reports.rpt_shares")))

def read_mirror():
    home = os.readlink(folder + "/parquet")
    files = [f"'{folder}/{home}/{name}.parquet'" for name in ("fct_shares", "rpt_shares")]
    with connect() as con:
        release = home.removeprefix(".parquet-").rpartition("-")[0]
        try:
            seen.add((release, *counts(con, *files)))
        except duckdb.IOException:
            # A mirror outlives one switch: a slow reader may have been overtaken by two.
            if os.readlink(folder + "/parquet") == home:
                raise

def read():
    while not told.is_set():
        read_database()
        read_mirror()
        time.sleep(1)

threads = [threading.Thread(target=read) for _ in range(4)]
print("ready", flush=True)
for thread in threads:
    thread.start()
sys.stdin.read()
told.set()
for thread in threads:
    thread.join()
for found in sorted(seen):
    print(*found)
"""


def test_readers_see_no_error_and_no_mixture_while_releases_change(tmp_path):
    """Of two processes, eight threads open the file and the Parquet mirror over and over, and four
    hold it open and read, while releases are built, put in place and rolled back."""
    settings = kit.make_settings(tmp_path)
    ids = [kit.publish(settings, count).release_id for count in (10, 20)]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _READER, str(settings.published_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout.readline() == "ready\n"
    held = duckdb.connect(str(settings.published_path), read_only=True)
    errors: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                assert held.cursor().execute(kit.COUNT).fetchall() == [(20,)]
                stop.wait(0.05)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for changes in range(10):
        if changes % 3 == 0:
            ids.append(kit.publish(settings, 30 + changes).release_id)
        activate(settings, ids[changes % len(ids)])
        assert all(reader.poll() is None for reader in readers)
    stop.set()
    for thread in threads:
        thread.join()
    held.close()
    outputs = [reader.communicate() for reader in readers]
    assert [output[1] for output in outputs] == [""] * 2
    assert [reader.returncode for reader in readers] == [0] * 2
    assert errors == []
    shown = f"({kit.COUNT}), (select count(*) from reports.rpt_shares)"
    whole = {
        " ".join(map(str, (release.release_id, *kit.query(release.path, f"select {shown}")[0])))
        for release in list_releases(settings)
    }
    seen = {line for output, _ in outputs for line in output.splitlines()}
    assert seen <= whole
    assert len(seen) > 2

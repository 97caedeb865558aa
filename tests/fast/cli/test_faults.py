"""A full disk and a folder without rights, in plain words; files that were damaged from outside."""

import errno
import io
import os
import random
import subprocess
import sys
from types import SimpleNamespace

import duckdb
import pytest
from build_kit import run_cli
from damages import flip, page_of

from chokepoint.cli import app as cli
from chokepoint.cli.commands import questions
from chokepoint.console import Screen
from chokepoint.errors import ChokepointError
from chokepoint.landing.registry import CONTRACTS
from chokepoint.machine import machine_fault
from chokepoint.pipeline import steps
from chokepoint.reading.connection import connect_published
from chokepoint.reading.queries import Parameter, Query, QueryResult
from chokepoint.settings import Settings
from chokepoint.warehouse.damage import (
    damage_of,
    is_broken,
    is_held,
    remove_abandoned_spill,
    remove_damaged_warehouse,
)
from chokepoint.warehouse.graph import Project

EMPTY = Project({"nodes": {}, "sources": {}})


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"), (errno.EFBIG, "is full"), (errno.EROFS, "cannot be written to"),
        (errno.EACCES, "cannot be written to"), (errno.ENAMETOOLONG, "is too long"),
    ],
)  # fmt: skip
def test_a_fault_of_the_disk_names_folder_and_remedy(settings, number, words):
    path = settings.data_dir / "logs"
    fault = machine_fault(str(OSError(number, os.strerror(number), str(path))), settings)
    assert str(settings.data_dir) in fault.what
    assert words in fault.what
    assert fault.remedy


def test_a_data_folder_that_cannot_be_made_is_named():
    """The system says that it does not find it, which is not what is wrong."""
    done = run_cli("land", data_dir="/proc/no-such-folder")
    assert done.returncode == 2
    assert "The data folder /proc/no-such-folder cannot be made." in done.stderr
    assert "--data-dir or CHOKEPOINT_DATA_DIR" in done.stderr
    assert "Unexpected" not in done.stderr


def test_room_for_spilling_that_runs_out_is_named_with_its_setting(tmp_path):
    """As DuckDB says it itself, under the limits of a build; more memory alone may not be had."""
    settings = Settings(data_dir=tmp_path / "data", memory_limit="64MB", temp_limit="1MB")
    sort = "select hash(number) as number from range(8_000_000) as numbers (number) order by all"
    with (
        duckdb.connect(config=settings.duckdb_config()) as con,
        pytest.raises(duckdb.OutOfMemoryException) as caught,
    ):
        con.execute(f"create table sorted as {sort}")
    fault = machine_fault(str(caught.value), settings, "The build stopped.")
    for words in ("more room for spilling than the temporary folder", "at most 1MB"):
        assert words in fault.what
    assert str(settings.temp_dir) in fault.what
    assert "raise CHOKEPOINT_TEMP_LIMIT" in fault.remedy


def test_duckdb_and_other_files(settings):
    full = 'IO Error: Could not write file "/x/y.duckdb": No space left on device'
    assert "is full" in machine_fault(full, settings).what
    unreadable = str(PermissionError(errno.EACCES, "Permission denied", "/home/her/file.csv"))
    assert "/home/her/file.csv cannot be opened" in machine_fault(unreadable, settings).what
    missing = str(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/no/such/file"))
    for other in (missing, "Binder Error: no such column"):
        assert machine_fault(other, settings) is None


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 2, "is full"),
        (ValueError("odd"), 1, "No traceback was kept"),
    ],
)
def test_no_log_can_be_written(monkeypatch, tmp_path, capsys, error, code, words):
    """The error's own handler must not fail on the fault that it reports."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path / "data"))

    def fails(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("chokepoint.console.save_traceback", fails)
    monkeypatch.setattr(cli, "app", lambda: (_ for _ in ()).throw(error))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == code
    assert words in said
    assert "Nothing has been published yet." in said
    assert "Traceback (most" not in said


def test_a_wrong_setting_does_not_break_the_handler(monkeypatch, capsys):
    monkeypatch.setenv("CHOKEPOINT_THREADS", "two")
    monkeypatch.setattr(cli, "app", lambda: (_ for _ in ()).throw(ValueError("odd")))
    with pytest.raises(SystemExit):
        cli.main()
    assert "ValueError: odd" in capsys.readouterr().err


def test_a_warehouse_of_garbage_or_cut_is_taken_away_with_its_log(settings):
    path = settings.warehouse_path
    path.parent.mkdir(parents=True)
    assert remove_damaged_warehouse(settings) is None
    path.write_bytes(b"garbage" * 1000)
    log = path.with_name("chokepoint.duckdb.wal")
    log.write_bytes(b"x")
    assert remove_damaged_warehouse(settings)
    assert not path.exists()
    assert not log.exists()
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select * from range(100000)")
    assert remove_damaged_warehouse(settings) is None
    os.truncate(path, 5000)
    assert remove_damaged_warehouse(settings)


def with_rows(path):
    """A file of some tables, closed; the place of a page of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts; create table marts.few as select 1 as one")
        con.execute(
            "create table marts.t as select range as i, hash(range)::varchar as s, 'x' as x "
            "from range(200000)"
        )
    return page_of(path, "marts.t")


def test_no_flipped_byte_is_taken_for_a_lock(settings):
    """DuckDB says "in block at location": a search for "lock" found one in it."""
    path = settings.warehouse_path
    with_rows(path)
    whole = path.read_bytes()
    assert damage_of(path, within=True) is None
    dice = random.Random(7)
    places = [0, 9, 4096, 4200, 8192, 8300, 12288, 12300]
    places += [dice.randrange(12288, len(whole)) for _ in range(40)]
    found = []
    for place in places:
        path.write_bytes(whole)
        flip(path, place)
        why = damage_of(path, within=True)
        found += [] if why is None else [why]
        assert why is None or (is_broken(why) and not is_held(why)), why
    # Bytes that no table uses may be anything.
    assert len(found) > 30
    assert sum("block at location" in why for why in found) > 20


def test_a_file_that_someone_holds_is_not_damaged(settings):
    path = settings.warehouse_path
    with_rows(path)
    code = (
        "import duckdb, sys, time\n"
        "con = duckdb.connect(sys.argv[1])\n"
        "print('held', flush=True)\n"
        "time.sleep(600)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        assert damage_of(path, within=True) is None
        with pytest.raises(duckdb.Error) as caught:
            duckdb.connect(str(path), read_only=True)
        assert is_held(caught.value)
    finally:
        holder.kill()
        holder.wait()
    with duckdb.connect(str(path)) as con:
        assert damage_of(path) is None
        for other in (duckdb.connect, lambda name, **_: con.execute(f"attach '{name}' as again")):
            with pytest.raises(duckdb.Error) as caught:
                other(str(path), read_only=True)
            assert is_held(caught.value), caught.value


def test_a_wrong_setting_is_not_taken_for_damage(settings):
    with_rows(settings.published_path)
    with pytest.raises(ChokepointError, match="does not take its settings"):
        connect_published(settings, config={"memory_limit": "9" * 20 + "GB"})


def test_a_warehouse_with_a_broken_page_is_deleted_and_the_build_says_so(settings):
    """Each build would meet it again, and none would make it anew."""
    path = settings.warehouse_path
    page = with_rows(path)
    said = "Runtime Error in model t: Corrupt database file: computed checksum 1 does not match"
    ended = steps.keep_models(settings, EMPTY, said)
    assert ended.message == f"dbt failed: {said}", "not the warehouse: all of it can be read"
    assert path.exists()
    flip(path, page + 5000)
    ended = steps.keep_models(settings, EMPTY, said)
    assert f"The warehouse {path} was damaged and has been deleted: Corrupt" in ended.message
    assert "What to do: run `make build` again" in ended.message
    assert not path.exists()


def test_a_damaged_published_file_and_its_remedy(tmp_path):
    published = tmp_path / "published"
    release = published / "releases" / "2026-01-01T000000Z-12345678"
    release.mkdir(parents=True)
    (release / "release.json").write_text(
        '{"built_at": "2026-01-01T00:00:00Z", "content_hash": "12345678", "row_count": 1,'
        ' "relation_count": 1, "git_commit": null, "project_version": null, "seconds": {}}'
    )
    (published / "chokepoint.duckdb").write_bytes(b"garbage" * 1000)
    (published / "CURRENT").write_text(release.name)
    for arguments in (["status"], ["query", "a05"]):
        done = run_cli(*arguments, data_dir=tmp_path)
        said = done.stdout + done.stderr
        assert "is damaged" in said, said
        assert f"chokepoint publish --rollback {release.name}" in said
        assert "Traceback" not in said
    (published / "CURRENT").unlink()
    done = run_cli("status", data_dir=tmp_path)
    assert "No release is current" in done.stdout
    assert f"--rollback {release.name}" in done.stdout
    (published / "CURRENT").write_bytes(b"\xff\xfe")
    assert "No release is current" in run_cli("status", data_dir=tmp_path).stdout


def test_a_message_says_no_more_than_a_person_reads(tmp_path):
    """500 unknown columns were told one by one, each as long as it was."""
    names = [f"odd_{number}" for number in range(499)] + ["x" * 70_000]
    path = tmp_path / "hmrc_imports_monthly.csv"
    path.write_text(",".join([*CONTRACTS["hmrc_imports_monthly"].column_names, *names]) + "\n")
    done = run_cli("land", str(path), data_dir=tmp_path / "data")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "'odd_19'" in said
    assert "'odd_20'" not in said
    assert "and 480 more" in said
    assert len(said) < 6_000, len(said)


def test_a_file_name_with_control_characters_is_written_out(tmp_path):
    path = tmp_path / "hmrc\x1b[2J\u202e.csv"
    path.write_text("colour,mood\nblue,good\n")
    done = run_cli("land", str(path), data_dir=tmp_path / "data")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "\x1b[2J" not in said
    assert "\u202e" not in said
    assert "hmrc\\x1b[2J\\u202e.csv" in said


def shown_by_query(monkeypatch, columns, rows, **console):
    result = QueryResult(Query("q", None, "Title", "", (), ""), columns, rows)
    output = io.StringIO()
    made = Screen(file=output, **console)
    monkeypatch.setattr("chokepoint.reading.queries.find_query", lambda *_: result.query)
    monkeypatch.setattr("chokepoint.reading.queries.run_query", lambda *_, **__: result)
    monkeypatch.setattr(questions, "open_console", lambda: made)
    questions.query(SimpleNamespace(args=[]), Settings(), "q")
    return output.getvalue()


LINK = "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32024R1252"
CLAUSE = "A clause that says a good deal :x: [bold]"


def on_terminal(monkeypatch, rows):
    return shown_by_query(
        monkeypatch, ["clause", "source_url"], rows, force_terminal=True, width=80,
        color_system=None,
    )  # fmt: skip


def test_a_long_link_and_a_wide_row_fit_a_terminal(monkeypatch):
    rows = [(CLAUSE, LINK), ("Another one", f"{LINK}R2")]
    narrow = on_terminal(monkeypatch, rows)
    assert CLAUSE in narrow
    assert LINK not in narrow
    assert "https://eur-lex.europa" in narrow
    piped = shown_by_query(monkeypatch, ["clause", "source_url"], rows, width=10_000)
    assert f"{LINK}R2" in piped
    # A single row, and rows that are too wide for a table, are records with the whole link.
    record = on_terminal(monkeypatch, rows[:1])
    assert f"clause      {CLAUSE}" in record
    assert LINK in record
    wide = on_terminal(monkeypatch, [(CLAUSE * 2, LINK), ("Another one", None)])
    lines = [line.rstrip() for line in wide.splitlines()]
    assert "clause      Another one" in lines
    assert sum(line.startswith("source_url") for line in lines) == 1


def test_no_row_says_what_was_asked(tmp_path):
    query = Query("q", tmp_path, "", "", (Parameter("product_code", "text", "HS code; all"),), "")
    for hints, rest in (
        (["there is product_code 280530"], "there is product_code 280530"),
        ([], "Parameters:\n  --product-code (text) HS code; all"),
    ):
        result = QueryResult(query, ["product_code"], [], hints)
        said = questions._no_row(result, {"product_code": "999999"})
        assert said == f"no row for product_code=999999\n{rest}"


def test_what_a_killed_run_spilled_is_removed_and_nothing_else(settings):
    """Spilled files may be as large as the warehouse, and DuckDB removes only its own."""
    settings.temp_dir.mkdir(parents=True)
    dead = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True).stdout.strip()
    names = (f"duckdb_temp_{dead}_4_storage_DEFAULT-0.tmp", f"duckdb_temp_{os.getpid()}_1_x.tmp",
             "duckdb_temp_storage_DEFAULT-0.tmp", "notes.txt")  # fmt: skip
    for name in names:
        (settings.temp_dir / name).write_bytes(b"12345")
    assert remove_abandoned_spill(settings) == 5
    assert {path.name for path in settings.temp_dir.iterdir()} == set(names[1:])
    assert remove_abandoned_spill(settings) == 0

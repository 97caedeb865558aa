"""A full disk and a folder without rights, in plain words; files that were damaged from outside."""

import errno
import io
import os
import subprocess

import duckdb
import pytest
from build_kit import run_cli
from rich.console import Console

from chokepoint.cli import app as cli
from chokepoint.cli import commands
from chokepoint.errors import machine_fault
from chokepoint.settings import Settings
from chokepoint.warehouse.damage import damage_of, remove_abandoned_spill, remove_damaged_warehouse


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EFBIG, "is full"),
        (errno.EROFS, "cannot be written to"),
        (errno.EACCES, "cannot be written to"),
    ],
)
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


def test_a_missing_file_elsewhere_is_no_fault_of_the_data_folder(settings):
    missing = str(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/no/such/file"))
    assert machine_fault(missing, settings) is None


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
    assert machine_fault("Binder Error: no such column", settings) is None


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


def test_a_warehouse_of_garbage_is_taken_away_with_its_log(settings):
    path = settings.warehouse_path
    path.parent.mkdir(parents=True)
    assert remove_damaged_warehouse(settings) is None
    path.write_bytes(b"garbage" * 1000)
    log = path.with_name("chokepoint.duckdb.wal")
    log.write_bytes(b"x")
    assert remove_damaged_warehouse(settings)
    assert not path.exists()
    assert not log.exists()
    duckdb.connect(str(path)).close()
    assert remove_damaged_warehouse(settings) is None
    assert path.exists()


def test_a_cut_file_is_damaged(settings):
    path = settings.warehouse_path
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select * from range(100000)")
    os.truncate(path, 5000)
    assert damage_of(path)


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
    for arguments in (["status"], ["query", "a05"], ["docs", "--no-dbt"]):
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


def test_a_repeated_parameter_is_an_error(tmp_path):
    done = run_cli("query", "a05", "--year", "2023", "--year=2024", data_dir=tmp_path)
    assert done.returncode == 2
    assert "--year is given twice: '2023' and '2024'" in done.stderr


def shown_by_query(monkeypatch, columns, rows, **console):
    from chokepoint.reading.queries import Query, QueryResult

    result = QueryResult(Query("q", None, "Title", "", (), ""), columns, rows)
    output = io.StringIO()
    made = Console(file=output, emoji=False, highlight=False, **console)
    monkeypatch.setattr("chokepoint.reading.queries.run_query", lambda *_, **__: result)
    monkeypatch.setattr(commands, "open_console", lambda: made)
    commands.query(Settings(), "q", [], "table")
    return output.getvalue()


LINK = "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32024R1252"
CLAUSE = "A clause that says a good deal :x: [bold]"


def on_terminal(monkeypatch, rows):
    return shown_by_query(
        monkeypatch,
        ["clause", "source_url"],
        rows,
        force_terminal=True,
        width=80,
        color_system=None,
    )


def test_a_long_link_leaves_room_on_a_terminal(monkeypatch):
    rows = [(CLAUSE, LINK), ("Another one", f"{LINK}R2")]
    narrow = on_terminal(monkeypatch, rows)
    assert CLAUSE in narrow
    assert LINK not in narrow
    assert "https://eur-lex.europa" in narrow
    piped = shown_by_query(monkeypatch, ["clause", "source_url"], rows, width=10_000)
    assert f"{LINK}R2" in piped


def test_a_single_row_is_a_record_with_its_whole_link(monkeypatch):
    record = on_terminal(monkeypatch, [(CLAUSE, LINK)])
    assert f"clause      {CLAUSE}" in record
    assert LINK in record


def test_rows_too_wide_for_a_table_become_records(monkeypatch):
    rows = [(CLAUSE * 2, LINK), ("Another one", None)]
    lines = [line.rstrip() for line in on_terminal(monkeypatch, rows).splitlines()]
    assert "clause      Another one" in lines
    assert sum(line.startswith("source_url") for line in lines) == 1


def test_no_row_says_what_was_asked(tmp_path):
    from chokepoint.reading.queries import Parameter, Query, QueryResult

    query = Query("q", tmp_path, "", "", (Parameter("product_code", "text", "HS code; all"),), "")
    result = QueryResult(query, ["product_code"], [], ["there is product_code 280530"])
    said = commands._no_row(result, {"product_code": "999999"})
    assert "there is product_code 280530" in said
    assert "no row for product_code=999999" in said
    assert "--product-code (text) HS code; all" in said


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

"""The command line: quick to start, plain about mistakes, careful with names."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from build_kit import PROJECT_DIR, run_cli
from typer.testing import CliRunner

from chokepoint.cli import app, build
from chokepoint.cli.answers import as_csv, as_json, cell, lift_shared
from chokepoint.cli.briefing import wrapped
from chokepoint.cli.commands.brief import _days_of, _law_first
from chokepoint.cli.commands.questions import parse_parameters, said_of
from chokepoint.cli.options import known_then
from chokepoint.errors import ChokepointError
from chokepoint.locks import bound_to
from chokepoint.reading.order import ranked
from chokepoint.reading.queries import Parameter, Query, QueryResult
from chokepoint.settings import Settings

LONG = "x" * 100_000
RATES_2024 = "period,usd_per_eur\n" + "".join(f"2024-{m:02},1.08\n" for m in range(1, 13))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["query", "nothing"], ["No query fits", "a05_dependency_by_definition"]),
        (["query", "../a05"], ["not the name of a query"]),
        (["query", LONG], ["No query fits 'xxx", "xxx'"]),
        (["query", "a05"], ["make build"]),
        (["query", "a05", "--format", "xml"], ["table, csv, json"]),
        (["query", "a05", "--product"], ["--product has no value"]),
        (["query", "a05", "extra"], ["'extra' belongs to no parameter"]),
        (["brief"], ["make build"]),
        (["brief", "--format", "xml"], ["table, markdown, csv, json"]),
        (["brief", "--as-of", "10.11.2025"], ["--as-of '10.11.2025' is not a day"]),
        (["brief", "--as-of", "2025-02-30"], ["--as-of '2025-02-30' is not a day"]),
        # A slip in the year would hide every later delivery.
        (["land", "x.csv", "--known-on", "2062-11-24"], ["2062-11-24 is not a day from"]),
        (["query", "a05", "--year", "2023", "--year=2024"], ["given twice: '2023' and '2"]),
        (["mcp", "--http", "--private"], ["--private and --http exclude each other"]),
        (["brief", "--known-on", "9999-12-31"], ["after today"]),
        # Knowledge from before the week is fine: only the release is missing.
        (["brief", "--as-of", "2025-11-10", "--known-on", "2025-11-01"], ["make build"]),
        (["find", "trade"], ["make build"]),
        (["find"], ["nothing to look for"]),
        (["briefing"], ["make build"]),
        (["briefing", "--for", "DEU", "--format", "docx"], ["markdown, html"]),
        (["land", "no-such-file.csv"], ["There is no file no-such-file.csv", "folder you are in"]),
        (["validate", "REDME.md"], ["There is no file REDME.md", "there is README.md"]),
        (["validate", "measures", "a.csv", "--source", "comext_cn8_imports"], ["One file"]),
        (["validate", "measures", "README.md", "--encoding", "cp1252"], ["UTF-8"]),
        (["land", "docs"], ["docs is a folder", "name one of its files"]),
        (["publish", "--rollback"], ["no earlier release"]),
        (["publish", "--rollback", "../../etc"], ["no release '../../etc'"]),
        (["publish", "2026"], ["--rollback"]),
        (["publish", "--rollback", "--list"], ["exclude each other"]),
        (["status", "--data-dir", "README.md"], ["README.md is not a folder"]),
        (["find", LONG], ["has 100,000 letters"]),
    ],
)
def test_a_mistake_is_a_message_with_a_remedy(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["chokepoint", *arguments])
    monkeypatch.chdir(PROJECT_DIR)
    with pytest.raises(SystemExit) as ended:
        app.main()
    said = capsys.readouterr()
    assert ended.value.code == 2
    for word in (*words, "What to do:"):
        assert word in said.err, said.err
    assert len(said.err) < 5_000
    assert "Traceback" not in said.out + said.err


@pytest.mark.parametrize(
    "arguments",
    [["--data-dir", "{}", "status"], ["status", "--data-dir", "{}"], ["status", "--data-dir={}"]],
    ids=["before", "after", "joined"],
)
def test_the_data_folder_is_named_before_or_after_the_command(tmp_path, monkeypatch, arguments):
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", "")
    folder = tmp_path / "elsewhere"
    done = CliRunner().invoke(app.app, [word.format(folder) for word in arguments])
    assert done.exit_code == 0
    assert f"spilling to {folder}" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([LONG], "No such command 'xxx"), (["status", f"--{LONG}"], "No such option: --xxx"),
        (["download", LONG, "--from", "2024", "--to", "2024", LONG], "extra argument"),
        (["build", "--data-dir"], "--data-dir requires an argument"),
    ],
    ids=["command", "option", "argument", "no folder"],
)  # fmt: skip
def test_a_word_that_is_not_understood_is_told_short(arguments, words):
    done = CliRunner().invoke(app.app, arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert len(done.output) < 400


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_a_closed_stream_is_one_that_is_empty(tmp_path, monkeypatch, stream):
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["chokepoint", "import", "no-such-file.csv"])
    monkeypatch.setattr(sys, stream, None)
    with pytest.raises(SystemExit, match="2"):
        app.main()


@pytest.mark.parametrize("arguments", [["status"], ["law", "template"]])
def test_an_output_without_room_is_no_full_data_folder(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["chokepoint", *arguments])
    with Path("/dev/full").open("w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit, match="2"):
            app.main()
    said = capsys.readouterr().err
    assert said.startswith("Error: The output cannot be written: No space left on device."), said


def test_an_unexpected_error_is_short_and_its_traceback_is_kept(tmp_path):
    (tmp_path / "published" / "CURRENT").mkdir(parents=True)
    done = run_cli("status", data_dir=tmp_path)
    assert done.returncode == 1
    assert "IsADirectoryError" in done.stderr
    assert "Traceback" not in done.stderr
    (log,) = (tmp_path / "logs").glob("*-error.log")
    assert str(log) in done.stderr
    assert "Traceback" in log.read_text()


def test_validate_clears_own_rows_of_a_run_that_was_killed(tmp_path):
    path = tmp_path / "hmrc_imports_monthly.csv"
    path.write_text(
        "period,hs6,partner_iso3,value_usd,net_mass_kg\n2026-05,850511,CHN,1000.0,10.0\n"
    )
    folder = tmp_path / "data" / "tmp"
    holder = subprocess.Popen(["sleep", "60"])
    gone = subprocess.Popen(["true"])
    gone.wait()
    started = Path(f"/proc/{holder.pid}/stat").read_text().rpartition(")")[2].split()[19]
    held = folder / f".validate.{holder.pid}.{started}.b"
    for one in (folder / f".validate.{gone.pid}.1.a", held):
        one.mkdir(parents=True)
        (one / "own.parquet").touch()
    try:
        assert run_cli("validate", str(path), data_dir=tmp_path / "data").returncode == 0
    finally:
        holder.kill()
    assert list(folder.iterdir()) == [held]


def test_validate_lists_faults_and_lands_nothing(tmp_path):
    """A user wants to know before the build what is wrong with a file, and where."""
    file = tmp_path / "ecb_exchange_rates.csv"
    file.write_text("period,usd_per_eur\n2024-01,1.09\n2024-02,many\n2024-03,-1\n")
    done = run_cli("validate", str(file), data_dir=tmp_path / "data")
    assert done.returncode == 1
    for words in ("usd_per_eur", "many", "-1", "refused"):
        assert words in done.stdout, done.stdout
    assert not (tmp_path / "data" / "landing").exists()
    file.write_text("period,usd_per_eur\n2024-01,1.09\n2024-02,1.08\n")
    done = run_cli("validate", str(file), data_dir=tmp_path / "data")
    assert (done.returncode, "2024 would be replaced whole" in done.stdout) == (1, True)
    file.write_text(RATES_2024)
    done = run_cli("validate", str(file), data_dir=tmp_path / "data")
    assert (done.returncode, "12 rows, no faults" in done.stdout) == (0, True), done.stdout


def test_land_says_what_became_of_a_file(tmp_path):
    file = tmp_path / "rates.csv"
    file.write_text(RATES_2024)
    for status in ("landed", "unchanged"):
        done = run_cli(
            "land", str(file), "--source", "ecb_exchange_rates", "--known-on", "2026-11-24",
            data_dir=tmp_path / "data",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert f"{status}, but not current for 2024: a later vintage (20261125-" in done.stdout
    landed = tmp_path / "data" / "landing" / "ecb_exchange_rates"
    assert list(landed.rglob("20261124-*.parquet"))

    done = run_cli("land", "--withdraw", "rates.csv", data_dir=tmp_path / "data")
    assert (done.returncode, "withdrawn: ecb_exchange_rates" in done.stdout) == (0, True)
    assert not list(landed.rglob("20261124-*.parquet"))


def test_a_folder_that_others_may_read_stays_so_and_status_says_it(tmp_path):
    """An older version made it so, or its owner wants it: a run does not change it back."""
    landing = tmp_path / "data" / "landing"
    landing.mkdir(parents=True)
    for folder in (landing, *landing.parents):
        if folder.stat().st_mode & 0o005 != 0o005:
            folder.chmod(0o755)
    done = run_cli("land", "--source", "ecb_exchange_rates", data_dir=tmp_path / "data")
    assert (done.returncode, landing.stat().st_mode & 0o777) == (0, 0o755), done.stderr
    said = f"yours too; to close it: chmod 700 {landing}\n"
    assert said in run_cli("status", data_dir=tmp_path / "data").stdout
    landing.chmod(0o700)
    assert "exposed" not in run_cli("status", data_dir=tmp_path / "data").stdout


def test_status_tells_what_waits_what_is_not_read_and_what_was_refused(tmp_path):
    inbox = tmp_path / "data" / "inbox"
    inbox.mkdir(parents=True)
    (inbox / "rates.csv").write_text("period,usd_per_eur\n2024-01,many\n")
    (inbox / "rates.xlsx").write_bytes(b"PK")
    done = run_cli("land", "--source", "ecb_exchange_rates", data_dir=tmp_path / "data")
    assert done.returncode == 2
    done = run_cli("status", data_dir=tmp_path / "data")
    for words in (
        "inbox      1 file waits: rates.csv",
        "not read: rates.xlsx",
        f"refused    rates.csv on {datetime.now(UTC).date()}: correct or remove it; "
        f"`chokepoint validate {inbox / 'rates.csv'}` says what is wrong",
    ):
        assert words in done.stdout, done.stdout


def test_status_names_a_refused_file_while_it_lies_there_unmended(tmp_path):
    """Else it would send people after files that were mended or thrown away long ago."""
    data_dir, bad = tmp_path / "data", "period,usd_per_eur\n2024-01,many\n"
    files = [tmp_path / name for name in ("gone.csv", "mended.csv", "landed under it.csv")]
    for number, file in enumerate(files):
        file.write_text(f"{bad}2024-0{number + 2},-1\n")
        done = run_cli("land", str(file), data_dir=data_dir)
        assert done.returncode == 2
    done = run_cli("status", data_dir=data_dir)
    assert [file.name for file in files if f"refused    {file.name} on " in done.stdout] == [
        file.name for file in files
    ]
    assert f"validate '{files[2]}'`" in done.stdout
    files[0].unlink()
    files[1].write_text(f"{bad}2024-06,-1\n")
    files[2].write_text(RATES_2024)
    assert run_cli("land", str(files[2]), data_dir=data_dir).returncode == 0
    done = run_cli("status", data_dir=data_dir)
    assert (done.returncode, "refused  " in done.stdout) == (0, False), done.stdout
    # The same bad bytes again, under the same name: refused they still are.
    files[1].write_text(f"{bad}2024-03,-1\n")
    assert "refused    mended.csv on " in run_cli("status", data_dir=data_dir).stdout


@pytest.mark.parametrize(
    ("arguments", "parameters"),
    [
        (["--valid-on", "2026-01-01"], {"valid_on": "2026-01-01"}),
        (["--valid_on=2026-01-01", "--top=3"], {"valid_on": "2026-01-01", "top": "3"}),
        (["--word", "--odd--"], {"word": "--odd--"}), (["--word="], {"word": ""}), ([], {}),
        (["--is-on"], {"is_on": "true"}), (["--is-on", "false"], {"is_on": "false"}),
        (["--is_on", "--top", "3"], {"is_on": "true", "top": "3"}),
    ],
)  # fmt: skip
def test_parameters_of_a_query(arguments, parameters):
    assert parse_parameters(arguments, ["is_on"]) == parameters


def test_an_answer_names_what_was_asked_and_of_which_knowledge_a_day_to_come_is():
    """A switch that needs a value, or an answer without its code, sends people to the manual."""
    day = datetime.now(UTC).date()
    asked = (
        ("code", "text", "Code; default: 8505 11 10, magnets"),
        ("place", "place", "To; default: EU27"),
        ("use", "text", "Use; default: both"), ("as_of", "date", "Day; default: today"),
        ("known_on", "date", "Knowledge; default: as_of"),
    )  # fmt: skip
    query = Query("q", None, "", "", tuple(Parameter(*one) for one in asked), "")
    assert said_of(query, {}) == f"Asked: code 8505 11 10, place EU27, as_of {day}."
    assert said_of(query, {"as_of": "9999-01-01", "place": "DEU"}) == (
        f"Asked: code 8505 11 10, place DEU, as_of 9999-01-01, by the law as known on {day}."
    )
    for known in ("2026-01-31", str(day)):
        told = said_of(query, {"as_of": "9999-01-01", "known_on": known})
        assert told.endswith(f"known_on {known}, by the law as known on {known}.")
    assert known_then(day, day) == ""
    assert known_then(date(9999, 1, 1), day) == f" on 9999-01-01, by the law as known on {day}"


def test_what_is_piped_has_lines_of_a_terminal_and_figures_without_an_exponent():
    text = wrapped(f"# {'head ' * 30}\n\n{'word ' * 40}\n- {'item ' * 30}\n| {'cell ' * 30} |\n")
    lines = text.splitlines()
    assert [len(line) > 80 for line in lines if line[:1] in "#|"] == [True, False, True]
    assert max(len(line) for line in lines if line[:1] not in "#|" or not line) <= 80
    assert [line[:7] for line in lines if "item" in line] == ["- item ", "  item "]
    assert [cell(value).plain for value in (3.9e-05, 0.25, 2.0)] == ["0.000039", "0.25", "2.0"]


def test_csv_and_json_keep_what_the_query_gave():
    """A spreadsheet gets leading zeros and runs no title that starts with =, a program gets numbers
    and the title as it is; neither a rounded figure. JSON has no infinity."""
    cells = {
        "code": ("0280", "0280", "0280"), "money": (Decimal("1.50"), "1.50", 1.5),
        "day": (date(2026, 1, 31), "2026-01-31", "2026-01-31"), "nothing": (None, "", None),
        "word": ('a,"b"', '"a,""b"""', 'a,"b"'),
        "title": ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        "ratio": (float("inf"), "inf", "Infinity"),
    }  # fmt: skip
    values, in_csv, in_json = zip(*cells.values(), strict=True)
    result = QueryResult(Query("q", None, "", "", (), ""), list(cells), [values])
    assert as_csv(result) == f"{','.join(cells)}\n{','.join(in_csv)}\n"
    assert json.loads(as_json(result), parse_constant=pytest.fail) == [
        dict(zip(cells, in_json, strict=True))
    ]


def test_a_terminal_shows_once_what_every_row_has():
    shared, columns, rows = lift_shared(
        ["product_code", "note", "partner_iso3", "share"],
        [("850511", None, "CHN", 0.9), ("850511", None, "CHE", None)],
    )
    assert shared == {"product_code": "850511"}
    assert columns == ["partner_iso3", "share"]
    assert rows == [("CHN", 0.9), ("CHE", None)]


def test_invented_rows_come_last_and_unknown_ones_after_known():
    columns = ["certainty", "days"]
    rows = [("synthetic: known", 1), ("known", None), ("known", 9), ("known", 3)]
    assert ranked(columns, rows, [("days", False)]) == [rows[3], rows[2], rows[1], rows[0]]
    assert ranked(["data_origin"], [("synthetic",), ("own",)], []) == [("own",), ("synthetic",)]


def test_the_page_begins_with_tables_that_one_process_made(tmp_path, monkeypatch):
    """Several that make them at once would leave a page that never starts."""
    ran = []
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.chdir(PROJECT_DIR)
    monkeypatch.setattr(build, "manifest_is_current", lambda settings: True)
    monkeypatch.setattr(build.subprocess, "run", lambda words, **_: ran.append(words[1:]))
    monkeypatch.setattr(os, "execv", lambda _, words: ran.append(words[1:2]))
    settings = Settings(data_dir=tmp_path)
    build.dev(settings, "127.0.0.1", 0)
    assert ran == [["instance", "migrate"], ["dev"]]
    (settings.dagster_home / "history").mkdir()
    build.dev(settings, "127.0.0.1", 0)
    assert ran[2:] == [["dev"]]


def test_a_page_has_no_address_on_a_port_that_is_taken(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(os, "execv", pytest.fail)
    with bound_to("127.0.0.1", 0) as held:
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(ChokepointError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            build.dev(Settings(data_dir=tmp_path), "127.0.0.1", port)
    assert capsys.readouterr().out == ""


def test_a_brief_since_a_day_counts_both_days():
    day = date(2026, 11, 26)
    assert [_days_of(since, day) for since in ("30d", "2026-11-26", "2026-11-20")] == [30, 1, 7]
    for since in ("2026-11-27", "0d"):
        with pytest.raises(
            ChokepointError, match=f"--since {since} leaves no day up to 2026-11-26"
        ):
            _days_of(since, day)
    for since in ("30", "d", "last week", "99999d"):
        with pytest.raises(ChokepointError, match=r"--since.*\n.*30d, for thirty days"):
            _days_of(since, day)


def test_a_brief_since_a_day_begins_with_the_law():
    """And an overdue source is no line among what happened, but is counted."""
    kinds = ("stale_source", "flow_surprise", "expiry", "stale_law", "new_act", "crisis")
    lines = [{"line_kind": kind, "brief_number": at} for at, kind in enumerate(kinds, 1)]
    ordered, overdue = _law_first(lines)
    assert [line["line_kind"] for line in ordered] == [
        "expiry", "new_act", "flow_surprise", "crisis"
    ]  # fmt: skip
    assert [line["brief_number"] for line in ordered] == [1, 2, 3, 4]
    assert "Overdue: one source and the law of one jurisdiction. " in overdue
    assert _law_first(ordered) == (ordered, "")

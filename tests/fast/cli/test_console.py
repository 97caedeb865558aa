"""Progress of a run as it is written where there is no terminal."""

import io
import os
import stat
from types import SimpleNamespace

import pytest

from chokepoint import progress
from chokepoint.cli import answers, own_files
from chokepoint.cli.commands import questions
from chokepoint.console import LOGS_KEPT, StageDisplay, log_path, open_console, write_file
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from chokepoint.site.builder import environment


def test_one_line_per_stage_however_many_steps_it_has():
    """A log of a build in CI must be short, and must say how long each stage took."""
    output = io.StringIO()
    display = StageDisplay(open_console(output), ("landing", "dbt"))
    with display, progress.listening(display):
        with progress.stage("landing", total=3) as stage:
            for _ in range(3):
                stage.step("source")
        with progress.stage("dbt", total=2):
            pass
    lines = output.getvalue().splitlines()
    assert [line.split("  ")[-1].split(":")[0] for line in lines] == [
        "landing",
        progress.STAGES["dbt"],
    ]
    assert set(display.seconds) == {"landing", "dbt"}
    # Nobody listens after the run. `:x:` is text of a producer, not a picture.
    with progress.stage("release"):
        open_console(output).print("ratio 1:x:2 :warning:")
    assert output.getvalue().splitlines()[2:] == ["ratio 1:x:2 :warning:"]
    assert set(display.seconds) == {"landing", "dbt"}


def test_old_logs_go(tmp_path):
    """A build a day must not fill the disk with logs."""
    settings = Settings(data_dir=tmp_path)
    for _ in range(LOGS_KEPT + 5):
        log_path(settings, "build").write_text("")
    assert len(list((tmp_path / "logs").glob("*.log"))) == LOGS_KEPT


OBEYED = "a\x1b[2Jb\x9bc\u202ed\x07\r\x00\x7f<b>\n"
SHOWN = "a\\x1b[2Jb\\x9bc\\u202ed\\x07\\x0d\\x00\\x7f<b>\n"


def test_what_a_value_would_tell_the_terminal_is_written_out(monkeypatch, capsys):
    assert answers.cell(OBEYED).plain == SHOWN
    answers.write(OBEYED)
    assert capsys.readouterr().out == OBEYED, "a program gets the data as they are"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    answers.write(OBEYED)
    assert capsys.readouterr().out == SHOWN


def test_what_a_value_would_turn_round_in_a_page_is_written_out():
    found = environment().from_string("<i>{{ value }}</i>").render(value=OBEYED)
    assert found == f"<i>{SHOWN.replace('<', '&lt;').replace('>', '&gt;')}</i>"


def test_what_is_written_gets_its_folder_and_only_private_files_are_closed(tmp_path, monkeypatch):
    """A folder that is not there was a traceback, and a workbook of own rows open to everybody."""
    before = os.umask(0o022)
    try:
        answer = SimpleNamespace(query=SimpleNamespace(name="a05"), columns=["n"], rows=[(1,)])
        for private, mode in ((True, 0o600), (False, 0o644)):
            path = tmp_path / str(private) / "new" / "a05.xlsx"
            questions._write_workbook(answer, path, private=private)
            assert stat.S_IMODE(path.stat().st_mode) == mode
            assert list(path.parent.iterdir()) == [path]
    finally:
        os.umask(before)
    for kind in ("csv", "xlsx"):
        path = tmp_path / kind / f"parts.{kind}"
        own_files.template(Settings(data_dir=tmp_path), "exposure_parts", kind, path)
        assert path.is_file()
    with pytest.raises(ChokepointError, match="below a file cannot be written"):
        write_file(path / "below a file", b"")

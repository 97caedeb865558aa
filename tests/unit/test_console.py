"""Progress of a run as it is written where there is no terminal."""

import io

from orchestration import progress
from orchestration.console import LOGS_KEPT, StageDisplay, log_path, open_console
from orchestration.settings import Settings


def test_one_line_per_stage_however_many_parts_it_has():
    """A log of a build in CI must be short, and must say how long each stage took."""
    output = io.StringIO()
    display = StageDisplay(open_console(output), ("landing", "dbt"))
    with display, progress.listening(display):
        for _ in range(3):
            with progress.stage("landing", total=3) as stage:
                stage.step("source")
        with progress.stage("dbt", total=2):
            pass
    lines = output.getvalue().splitlines()
    assert [line.split("  ")[-1].split(":")[0] for line in lines] == [
        "landing",
        progress.STAGES["dbt"],
    ]
    assert set(display.seconds) == {"landing", "dbt"}


def test_nobody_listens_after_the_run():
    output = io.StringIO()
    display = StageDisplay(open_console(output), ("dbt",))
    with display, progress.listening(display):
        pass
    with progress.stage("dbt"):
        pass
    assert output.getvalue() == ""
    assert display.seconds == {}


def test_values_are_shown_as_they_are():
    """`:x:` is text of a producer, not a picture."""
    output = io.StringIO()
    open_console(output).print("ratio 1:x:2 :warning:")
    assert output.getvalue() == "ratio 1:x:2 :warning:\n"


def test_old_logs_go(tmp_path):
    """A build a day must not fill the disk with logs."""
    settings = Settings(data_dir=tmp_path)
    for _ in range(LOGS_KEPT + 5):
        log_path(settings, "build").write_text("")
    assert len(list((tmp_path / "logs").glob("*.log"))) == LOGS_KEPT

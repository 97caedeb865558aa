"""The suite in several workers: one build for both, and no file begun too late."""

import threading
import time
from subprocess import CompletedProcess

import build_kit
import pytest
from workers import LONG_FILES, TESTS


@pytest.mark.parametrize("code", [0, 1])
def test_workers_that_ask_at_once_share_one_build(monkeypatch, tmp_path, code):
    """Two builds would cost two minutes more, and a failing one would fail twice."""
    calls, answers = [], []

    def run_cli(*arguments, **options):
        calls.append(arguments)
        time.sleep(0.2)
        return CompletedProcess(arguments, code, "said", "")

    def ask():
        try:
            answers.append(build_kit.build_once(tmp_path / "shared").output)
        except AssertionError as error:
            answers.append(str(error).splitlines()[0])

    monkeypatch.setattr(build_kit, "run_cli", run_cli)
    workers = [threading.Thread(target=ask) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert calls == [("build",)]
    assert answers == ["said", "said"]


def test_long_files_are_there():
    """A file that was renamed would be begun last again."""
    assert [name for name in LONG_FILES if not (TESTS / name).is_file()] == []
    assert len(set(LONG_FILES)) == len(LONG_FILES)

"""What the README and the pages of docs/using/ say to run is run, and gives what they show."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys

import docs_kit
import pytest
from typer.testing import CliRunner

from chokepoint.cli.app import app


def named(found):
    return pytest.mark.parametrize("snippet", found, ids=[snippet.name for snippet in found])


@named(docs_kit.snippets("sql"))
def test_each_query_gives_the_output_below_it(published, snippet):
    found = docs_kit.answer(published, snippet.code)
    if snippet.shown is None:
        return
    assert docs_kit.squeezed(snippet.shown.splitlines()) == docs_kit.squeezed(map(" ".join, found))


@named(docs_kit.snippets("python"))
def test_each_python_snippet_runs(full_build, snippet):
    """As typed in the folder of the checkout, where data/ is."""
    done = subprocess.run(
        [sys.executable, "-c", snippet.code],
        cwd=full_build.data_dir.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    if snippet.shown is not None:
        assert done.stdout == snippet.shown


@named(docs_kit.snippets("r"))
def test_each_r_snippet_runs(full_build, snippet):
    """Only where R and its package duckdb are installed: neither comes with the project."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("R is not installed here: the R snippets were not run")
    asked = subprocess.run([rscript, "-e", "library(duckdb)"], capture_output=True, text=True)
    if asked.returncode != 0:
        pytest.skip("R is here without its package duckdb: the R snippets were not run")
    done = subprocess.run(
        [rscript, "-e", snippet.code],
        cwd=full_build.data_dir.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_each_command_that_reads_runs(full_build, monkeypatch):
    """Commands in the text are as much a promise as blocks."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(full_build.data_dir))
    monkeypatch.chdir(full_build.data_dir.parent)
    # The list of parts that docs/using/risk-manager.md asks about.
    parts = full_build.data_dir.parent / "parts.csv"
    parts.write_text("product_code,destination,contains\n85051110,DE,NdFeB\n", encoding="utf-8")
    failed = {}
    for command in docs_kit.commands():
        done = CliRunner().invoke(app, shlex.split(command))
        if done.exit_code != 0 or not done.output.strip():
            failed[command] = done.output or repr(done.exception)
    assert failed == {}
    assert len(docs_kit.commands()) > 20

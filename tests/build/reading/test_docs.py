"""What the README and the pages of docs/using/ say to run is run, and gives what they show."""

import re
import shlex
import shutil
import sys

import pytest
from build_kit import ran
from typer.testing import CliRunner

from chokepoint.cli.app import app
from chokepoint.settings import PROJECT_DIR

# A block of code, and what is said to come out: a block of text right below it.
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$(?:\s*^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"`chokepoint ((?:query|plot|briefing|brief|status|find)\b[^`]*)`")
PAGES = {
    str(path.relative_to(PROJECT_DIR)): path.read_text(encoding="utf-8")
    for path in [PROJECT_DIR / "README.md", *sorted((PROJECT_DIR / "docs/using").glob("*.md"))]
}


def snippets(language):
    """The blocks in a language of all pages, in order."""
    found = [
        pytest.param(*block.groups()[1:], id=f"{page}:{text.count(chr(10), 0, block.start()) + 1}")
        for page, text in PAGES.items()
        for block in _BLOCK.finditer(text)
        if block[1] == language
    ]
    return pytest.mark.parametrize(("code", "shown"), found)


def commands():
    """The commands that pages tell readers to run and that only read; each once."""
    found = [one for text in PAGES.values() for one in _COMMAND.findall(text.replace("\n", " "))]
    return [one for one in dict.fromkeys(found) if "NAME" not in one and "--private" not in one]


@snippets("sql")
def test_each_query_gives_the_output_below_it(published, code, shown):
    cursor = published.execute(code)
    rows = [[column[0] for column in cursor.description], *cursor.fetchall()]
    if shown is not None:
        told = [" ".join("" if cell is None else str(cell) for cell in row) for row in rows]
        # How columns are aligned is a matter of taste.
        assert [line.split() for line in shown.splitlines()] == [line.split() for line in told]


@snippets("python")
def test_each_python_snippet_runs(full_build, code, shown):
    """As typed in the folder of the checkout, where data/ is."""
    done = ran(sys.executable, "-c", code, cwd=full_build.data_dir.parent)
    if shown is not None:
        assert done.stdout == shown


@snippets("r")
def test_each_r_snippet_runs(full_build, code, shown):
    """Only where R and its package duckdb are installed: neither comes with the project."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("R is not installed here: the R snippets were not run")
    asked = ran(rscript, "-e", "library(duckdb)", code=None)
    if asked.returncode != 0:
        pytest.skip("R is here without its package duckdb: the R snippets were not run")
    ran(rscript, "-e", code, cwd=full_build.data_dir.parent)


def test_each_command_that_reads_runs(full_build, monkeypatch):
    """Commands in the text are as much a promise as blocks."""
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(full_build.data_dir))
    monkeypatch.chdir(full_build.data_dir.parent)
    # The list of parts that docs/using/risk-manager.md asks about.
    parts = full_build.data_dir.parent / "parts.csv"
    parts.write_text("product_code,destination,contains\n85051110,DE,NdFeB\n", encoding="utf-8")
    failed = {}
    for command in commands():
        done = CliRunner().invoke(app, shlex.split(command))
        if done.exit_code != 0 or not done.output.strip():
            failed[command] = done.output or repr(done.exception)
    assert failed == {}
    assert len(commands()) > 20

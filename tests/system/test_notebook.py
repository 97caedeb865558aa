"""The notebooks run on the published file, and what sources say in them is text."""

from __future__ import annotations

import contextlib
import datetime as dt
import html
import importlib.util
import shutil
import socket
import subprocess
import sys
import time

import browser
import duckdb
import httpx
import nbformat
import pytest
from nbclient import NotebookClient

from chokepoint.settings import PROJECT_DIR

NOTEBOOK = PROJECT_DIR / "notebooks" / "first_answers.py"
AS_OF = dt.date(2026, 11, 25)
MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(1)> **{{x}}** =cmd|'/c'!A1"


@pytest.fixture(scope="module")
def ran(full_build, tmp_path_factory):
    """Outputs and values of the notebook, on a file in which titles and names hold markup."""
    path = tmp_path_factory.mktemp("notebook") / "chokepoint.duckdb"
    shutil.copyfile(full_build.published, path)
    with duckdb.connect(str(path)) as con:
        for law in ("fct_measure_states", "fct_scenario_measure_states"):
            con.execute(f"update marts.{law} set title = ?", [MARKUP])
        con.execute("update marts.fct_licence_claims set body = ?", [MARKUP])
    spec = importlib.util.spec_from_file_location("first_answers", NOTEBOOK)
    notebook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notebook)
    outputs, values = notebook.app.run(defs={"published": path, "as_of": AS_OF})
    yield "\n".join(output.text for output in outputs if hasattr(output, "text")), values
    values["con"].close()


def test_the_jupyter_notebook_runs(full_build, monkeypatch):
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(full_build.data_dir))
    notebook = nbformat.read(NOTEBOOK.with_name("in_jupyter.ipynb"), as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs of one release"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": PROJECT_DIR}}).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = ["".join(map(str, cell.outputs)) for cell in cells]
    assert all(shown[number] for number in range(1, len(shown) - 1))
    assert "85051110" in shown[3]
    assert "CHN" in shown[5]
    assert "marts.fct_licence_backlog" in shown[6]


def test_it_is_drawn_in_a_browser_without_a_network(full_build):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "marimo", "run", "--headless", "--no-token", "--port", str(port),
            str(NOTEBOOK), "--", "--file", str(full_build.published), "--as-of", str(AS_OF),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(address)
                break
            time.sleep(0.1)
        seen = browser.run("notebook_visit.py", browser.chromium(), address, "5")
    finally:
        server.kill()
        server.wait()
    assert (seen["charts"], seen["others"]) == (5, [])
    assert "Asked of release" in seen["text"]


def test_it_answers_five_questions_with_charts(ran):
    shown, values = ran
    for number in range(1, 6):
        assert f">{number}. " in shown
    charts = [values[f"{name}_chart"] for name in ("law", "share", "trade", "claim", "cover")]
    for chart in charts:
        drawn = chart.to_dict()
        assert all(rows for rows in drawn["datasets"].values())
        assert not [
            row for rows in drawn["datasets"].values() for row in rows if not row.get("shown", 1)
        ]
    assert shown.count("Source: ") == shown.count("Certainty: ") == 5


def test_its_figures_are_those_of_the_file(ran, published):
    _, values = ran
    states = dict(
        published.execute(
            "select state, count(distinct measure_id) from reports.measure_state($day, $day)"
            " where claim_group = 'base' group by state",
            {"day": AS_OF},
        ).fetchall()
    )
    assert values["in_force"] == states["in_force"]
    assert values["presumed"] == states["lapsed_presumed"]
    assert values["dependent"] == 8


def test_it_sums_no_trade_without_saying_of_how_many_codes(ran, published):
    """A sum of 18 of 52 codes is no bound of the trade under them."""
    shown, values = ran
    totals = dict(published.execute(
        "select state, headline from reports.trade_totals('EU27', 'CHN', $day, $day)"
        " where codes_with_trade > 0",
        {"day": AS_OF},
    ).fetchall())  # fmt: skip
    assert f"under measures in force. {totals['in_force']}" in shown
    (rows,) = values["trade_chart"].to_dict()["datasets"].values()
    assert {row["state"] for row in rows if row["of_codes"]} == set(totals)


def test_synthetic_figures_are_named(ran):
    shown, _ = ran
    assert "(synthetic)" in shown
    assert "Synthetic: an invented car maker, no finding." in shown


def test_markup_from_a_source_is_text(ran):
    """A script in a title must not run in who opens the notebook."""
    shown, values = ran
    assert html.escape(MARKUP) in shown
    for live in ("<script>alert", "<img src=x", "<strong>{{x}}"):
        assert live not in shown
    assert MARKUP in str(values["claim_chart"].to_dict()["datasets"])

"""The published file opens in the DuckDB that BI tools still carry: a 1.4 client reads it."""

from __future__ import annotations

import json
from pathlib import Path

import publishing_warehouse as kit
import pytest
from build_kit import ran

from chokepoint.settings import PROJECT_DIR


def read_with(python, path, *queries):
    script = Path(kit.__file__).with_name("old_client.py")
    return json.loads(ran(python, script, path, *queries).stdout)


LAW = {
    "select state from reports.measure_state(date '2025-11-15', date '2025-11-16') "
    "where measure_id = 'CN-2025-57'": "suspended_before_effect",
    "select days_left from reports.measures_ending(date '2026-11-24', 30) "
    "where measure_id = 'CN-2024-46-2'": 3,
    "select answer from reports.is_covered('85051110', 'DE', 'civil', 'NdFeB, Dy', 'Tb', "
    "date '2025-11-15', known_on := date '2025-11-16')": "yes",
    "select distinct weight_period from "
    "reports.trade_under_measures('EU27', 'CHN', date '2026-11-24', null)": "2024",
    "select severity from reports.brief(date '2025-11-10', date '2025-11-10') "
    "where subject_id = 'CN-2025-70'": "medium",
    "select relation from meta.find('pending licences backlog') "
    "where find_rank = 1": "marts.fct_licence_backlog",
    "select bool_and(comment <> '') from duckdb_functions() where schema_name = 'reports'": True,
}
QUESTIONS = sorted((PROJECT_DIR / "queries").glob("*.sql"))


@pytest.fixture(scope="module")
def found(old_python, full_build):
    """The real file: every row of every relation, then the questions, then reports in 2 GB."""
    views = "select 'reports.' || view_name from duckdb_views() where schema_name = 'reports'"
    reports = [name for (name,) in kit.query(full_build.published, views)]
    reports += ["reports.scenario_differences(null)", "reports.crisis(null)"]
    return read_with(
        old_python,
        full_build.published,
        *LAW,
        *(path.read_text(encoding="utf-8") for path in QUESTIONS),
        "set memory_limit = '2GB'",
        *(f"select count(*) >= 0 from {name}" for name in reports),
    )


def test_a_client_of_duckdb_1_4_reads_the_real_file(found, published):
    assert found["version"].startswith("1.4.")
    assert {name: relation["rows"] for name, relation in found["relations"].items()} == dict(
        published.execute(
            "select schema_name || '.' || relation_name, row_count from meta.relations"
        ).fetchall()
    )
    assert all(relation["comment"] for relation in found["relations"].values())
    assert found["columns_without_comment"] == []


def test_the_questions_of_law_are_answered_by_a_client_of_duckdb_1_4(found):
    """Table macros use words that only a newer DuckDB knows at their own risk."""
    assert found["answers"][: len(LAW)] == [[[answer]] for answer in LAW.values()]


def test_each_question_is_answered_by_a_client_of_duckdb_1_4(found):
    """The files in queries/ are plain SQL for the DuckDB that people have, not only for ours."""
    answers = found["answers"][len(LAW) : len(LAW) + len(QUESTIONS)]
    assert len(answers) == len(QUESTIONS) >= 8
    assert [path.stem for path, rows in zip(QUESTIONS, answers, strict=True) if not rows] == []


def test_reports_need_little_memory_of_a_client_of_duckdb_1_4(found):
    """Its planner takes gigabytes for what ours plans well, and a BI tool has none to spare."""
    # One answer is that of setting the limit.
    answers = found["answers"][len(LAW) + len(QUESTIONS) + 1 :]
    assert len(answers) > 10
    assert answers == [[[True]]] * len(answers)


def installed(python, code, *arguments, cwd):
    environment = {"PYTHONPATH": str(PROJECT_DIR), "HOME": str(cwd)}
    return ran(python, "-c", code, *arguments, code=None, cwd=cwd, env=environment)


def test_reading_in_python_needs_duckdb_alone(old_python, full_build, tmp_path):
    """The package itself, where nothing but a 1.4 client is installed."""
    told = installed(
        old_python,
        "import sys, chokepoint, duckdb; release = chokepoint.open(sys.argv[1]); "
        "print(duckdb.__version__, release.a03(code='85051110').fetchall()[0][0] is not None, "
        "len(release.questions), len(release.find('magnets').fetchall()) > 0)",
        full_build.published,
        cwd=tmp_path,
    )
    version, *found = told.stdout.split()
    assert version.startswith("1.4.")
    assert found == ["True", str(len(QUESTIONS)), "True"]


def test_the_command_says_that_this_installation_only_reads(old_python, tmp_path):
    told = installed(old_python, "from chokepoint.cli import main; main()", cwd=tmp_path)
    assert told.returncode == 1
    assert "this installation only reads releases: " in told.stderr
    assert "chokepoint.open()" in told.stderr

"""An invented firm's workbook: the case to raise first is the same in the answer and on the private
site, and the sheet for the authority holds what was chosen and nothing else."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from build_kit import run_cli

from chokepoint.cli import imports
from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.site.builder import build_site

ACME = PROJECT_DIR / "docs" / "using" / "acme.xlsx"
ANSWERS = {
    "evidence_class": "value: declared",
    "evidence_date": "2026-11-01",
    "14.400": "14.400 is 14400",
    "land": "yes",
}


def answered(question) -> str:
    return next(v for k, v in ANSWERS.items() if k in question.key or k in question.text)


@pytest.fixture(scope="module")
def firm(small_build, small_environment, tmp_path_factory) -> Path:
    """A data folder with the firm's tables, imported and built."""
    data_dir = shutil.copytree(small_build.data_dir, tmp_path_factory.mktemp("firm") / "data")
    settings = Settings(data_dir=data_dir)
    assert imports.run(settings, [ACME], as_of="2026-11-20", ask=answered) == 0
    done = run_cli("build", data_dir=data_dir, **small_environment)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-3000:]
    return data_dir


@pytest.fixture(scope="module")
def cases(firm) -> list[dict]:
    asked = run_cli(
        "query", "a16", "--private", "--graph", "firm", "--format", "json", data_dir=firm
    )
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


def test_cases_are_ranked_or_say_what_they_lack(cases):
    ranked = [row for row in cases if row["listed_as"] == "ranked"]
    assert [row["case_rank"] for row in ranked] == [1, 2, 3]
    assert ranked[0]["case_id"] == "F-1"
    (other,) = [row for row in cases if row["listed_as"] != "ranked"]
    assert other["case_id"] == "F-3"
    assert "standstill_eur_per_day" in other["enter"]


def test_the_private_site_shows_the_same_order(cases, firm):
    site = build_site(Settings(data_dir=firm), as_of=dt.date(2026, 11, 29), private=True)
    text = re.sub(r"<[^>]+>", " ", (site.path / "own.html").read_text("utf-8"))
    listed = text[text.index("Cases in order") :]
    wanted = [row["case_id"] for row in cases]
    places = [listed.index(name) for name in wanted]
    assert places == sorted(places), wanted


def test_the_sheet_holds_what_was_chosen(cases, firm, tmp_path):
    path = tmp_path / "sheet.csv"
    done = run_cli(
        "cases", "--sheet", "csv", "--fields", "material,filed_date", "--authority", "MOFCOM",
        "--output", str(path), "--yes", data_dir=firm,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    assert rows[0] == ["application_id", "material", "filed_date"]
    filed = [row["application_id"] for row in cases if row["application_id"]]
    assert [row[0] for row in rows[1:]] == filed
    assert "F-1" not in path.read_text("utf-8-sig"), "the firm's own name of a case is no field"


def test_nothing_of_the_firm_is_passed_on(firm):
    for path in (firm / "published").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"MAG-12" not in content, path
            assert b"ACME Antriebe" not in content, path

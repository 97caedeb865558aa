"""A row that a check refuses is named by file and line."""

import json
from dataclasses import replace

from reading_kit import table

from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.project import seed_locator
from chokepoint.warehouse.results import dbt_check_results


def rows_of(seed):
    return [{name: cell or None for name, cell in row.items()} for row in table(seed)]


def test_a_failed_check_names_file_line_and_remedy(manifest):
    """A row of the staging view is found again in the seed, whatever its columns are called."""
    name = next(n for n in manifest["nodes"] if ".claims_dependency_conditions_." in n)
    row = next(
        row for row in rows_of("dependency_conditions") if row["definition_id"] == "merics_2020"
    )
    lines = (PROJECT_DIR / "seeds/reference/dependency_conditions.csv").read_text().splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if text.startswith("merics_2020"))
    sample = json.dumps([row | {"threshold": "0.500000", "condition_number": 1}])
    entry = {"unique_id": name, "status": "fail", "failures": 1, "compiled_code": "select 1"}
    results = dbt_check_results(
        {"results": [entry]}, Project(manifest), lambda sql: sample, seed_locator(Settings()),
        lambda sql: [("indicator_is_computed", 1, "select 2")],
    )  # fmt: skip
    (result,) = [result for result in results if result.status == "fail"]
    path = "seeds/reference/dependency_conditions.csv"
    assert f"{path}, line {line}; correct it there, or git checkout -- {path}" in result.observed


def test_rows_twice_in_a_seed_are_both_named(tmp_path):
    (tmp_path / "twice.csv").write_text("id,name\na,one\nb,two\na,three\n")
    locate = seed_locator(replace(Settings(), project_dir=tmp_path))
    assert locate("twice.csv", '[{"id": "a", "count_of_rows": 2}]') == [2, 4]
    assert locate("twice.csv", '[{"id": "b", "name": "two"}]') == [3]
    assert locate("twice.csv", '[{"id": "z"}]') == []

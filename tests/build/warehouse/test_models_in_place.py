"""The project's own `view` and `table`, replaced in one step."""

import json
import os
import shutil
import subprocess
import sys

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from chokepoint.settings import PROJECT_DIR

MODELS = {
    "plain.sql": "{{ config(materialized=var('first')) }} select {{ var('number') }} as number",
    "same.sql": "{{ config(materialized='view') }} select {{ var('number') }} as number",
    "told.sql": (
        "{{ config(materialized=var('second'), contract={'enforced': true},"
        " persist_docs={'relation': true, 'columns': true}) }}"
        " select {{ var('number') }} as number, 'it''s' as told"
    ),
    "reader.sql": (
        "{{ config(materialized='table', post_hook='insert into {{ this }} values (0)') }}"
        " select number from {{ ref('told') }} where {{ var('condition', 'true') }}"
    ),
    "computed.py": (
        "def model(dbt, session):\n"
        "    dbt.config(materialized='table')\n"
        "    return session.sql(f\"select {dbt.config.get('number')} as number\")\n"
    ),
    "models.yml": json.dumps(
        {
            "models": [
                {
                    "name": "told",
                    "description": "A table's words",
                    "columns": [
                        {"name": "number", "data_type": "integer", "description": "Its number"},
                        {"name": "told", "data_type": "varchar", "description": "It's told"},
                    ],
                },
                {"name": "computed", "config": {"number": "{{ var('number') }}"}},
            ]
        }
    ),
}
CONTENT = (
    "select table_name, table_type, table_comment from information_schema.tables order by all",
    "select column_name, comment from duckdb_columns() where table_name = 'told' order by all",
    "from plain", "from same", "from told", "from reader order by all", "from computed",
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What is in the warehouse after each of two runs, and whether each succeeded."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "models").mkdir()
    for name, text in MODELS.items():
        (folder / "models" / name).write_text(text)
    shutil.copytree(PROJECT_DIR / "macros" / "materializations", folder / "macros")
    (folder / "macros" / "by_period.sql").unlink()
    path = folder / "small.duckdb"
    project = {
        "name": "small", "version": "1.0.0", "profile": "small", "flags": {"use_colors": False},
    }  # fmt: skip
    output = {"type": "duckdb", "path": str(path), "keep_open": False}
    profiles = {"small": {"target": "dev", "outputs": {"dev": output}}}
    (folder / "dbt_project.yml").write_text(json.dumps(project))
    (folder / "profiles.yml").write_text(json.dumps(profiles))
    runs = (
        {"number": 1, "first": "view", "second": "table"},
        {"number": 2, "first": "table", "second": "view", "condition": "no_such_column"},
    )
    # A separate process, since dbt keeps what it has read.
    done = subprocess.run(
        [sys.executable, __file__, str(path), json.dumps(runs)],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def build(path, runs):
    """Prints what is asked for after each run, as JSON."""
    built = []
    for one in runs:
        done = dbtRunner().invoke(["--quiet", "build", "--vars", json.dumps(one)])
        with duckdb.connect(str(path)) as con:
            found = [con.execute(question).fetchall() for question in CONTENT]
        built.append({"done": done.success, "found": found})
    print(json.dumps(built))


def content(kinds: tuple[str, str], number: int) -> list:
    first, second = kinds
    rows = [number, "it's"]
    return [
        [
            ["computed", "BASE TABLE", None], ["plain", first, None],
            ["reader", "BASE TABLE", None], ["same", "VIEW", None],
            ["told", second, "A table's words"],
        ],
        [["number", "Its number"], ["told", "It's told"]],
        [[number]],
        [[number]],
        [rows],
        [[0], [number]],
        [[number]],
    ]  # fmt: skip


def test_made_with_comments_and_hooks(built):
    assert built[0] == {"done": True, "found": content(("VIEW", "BASE TABLE"), 1)}


def test_a_view_becomes_a_table_and_what_fails_keeps_the_rows_that_were_there(built):
    """`reader` does not run; what it held before stands, with what its hook had added."""
    wanted = content(("BASE TABLE", "VIEW"), 2)
    wanted[5] = [[0], [1]]
    assert built[1] == {"done": False, "found": wanted}


if __name__ == "__main__":
    build(sys.argv[1], json.loads(sys.argv[2]))

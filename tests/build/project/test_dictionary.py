"""The dictionary says something of every published column, and not the same of two."""

import re

import pytest
import yaml
from reading_kit import rows

from chokepoint.releases.meta.dictionary import META_TABLES, OF_THE_RUN
from chokepoint.releases.meta.meanings import unit_of
from chokepoint.settings import PROJECT_DIR
from chokepoint.warehouse.column_facts import FIRST_DAY

# Words that say nothing beside a name.
FILLERS = {"the", "a", "an", "of", "in", "is", "to", "and", "its", "with"}

# Columns of models that are in the project since its first three days.
LAST_COUNTED = "2026-11-27"
COUNTED = 1602


@pytest.fixture(scope="module")
def columns(full_build):
    with full_build.connect() as connection:
        return rows(connection, "from meta.dictionary order by relation_name, ordinal")


def written():
    """(model, column) of every published model's yml, without a build."""
    for folder in ("marts", "reports"):
        for path in (PROJECT_DIR / "models" / folder).rglob("*.yml"):
            for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
                yield from ((model, column) for column in model.get("columns", []))


def meta_of(entry):
    return entry.get("config", {}).get("meta", {})


def words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", text.lower())} - FILLERS


def test_no_description_is_empty_or_repeats_the_name(columns):
    wrong = [
        f"{row['relation_name']}.{row['column_name']}: {row['description']}"
        for row in columns
        if words(row["description"] or "") <= words(row["column_name"])
    ]
    assert wrong == []


def test_no_description_is_copied(columns):
    """Two columns that are said to be the same are one too many, or one is described wrongly."""
    names = {}
    for row in columns:
        text = " ".join(row["description"].lower().split())
        names.setdefault(text, set()).add(row["column_name"])
    assert {text: found for text, found in names.items() if len(found) > 1} == {}


def test_every_column_has_all_that_a_reader_asks_for(columns):
    asked = ("description", "unit", "value_range", "observed_range", "example", "source", "since")
    of_data = ["observed_range", "example"]
    wrong = {
        label: missing
        for row in columns
        for label in [f"{row['schema_name']}.{row['relation_name']}"]
        if (missing := [name for name in asked if not row[name]])
        != (of_data if label in OF_THE_RUN else [])
    }
    assert wrong == {}


def test_a_new_column_states_its_first_day():
    """Without a build: it would be given its model's, though no release of then has it."""
    days = [
        meta_of(column).get("since") or meta_of(model).get("since", FIRST_DAY)
        for model, column in written()
    ]
    assert sum(day <= LAST_COUNTED for day in days) == COUNTED, (
        'a new column has `config: {meta: {since: "2026-12-01"}}` beside its description'
    )


def test_units_are_stated_for_numbers_of_every_model():
    """Without a build: every number of the yml, so that a new column cannot miss its unit."""
    numbers = re.compile(r"(double|decimal|float|u?(tiny|small|big|huge)int|u?integer)", re.I)
    whole = re.compile(r"u?(tiny|small|big|huge)?int", re.I)
    of_parts = re.compile(r"fraction|ratio|natural logarithm|probability")
    wrong = [
        f"{model['name']}.{column['name']}"
        for model, column in written()
        if numbers.match(kind := column["data_type"])
        and (
            not (
                unit := unit_of(
                    column["name"],
                    kind.upper(),
                    meta_of(column).get("unit", ""),
                    meta_of(model).get("counts", ""),
                )
            )
            or (whole.match(kind) and of_parts.match(unit))
        )
    ]
    for name, (_, own) in META_TABLES.items():
        wrong += [f"{name}.{c}" for c, (kind, _) in own.items() if not unit_of(c, kind.upper())]
    assert wrong == []

"""The dictionary says something of every published column, and not the same of two."""

from __future__ import annotations

import re

import pytest
import yaml
from reading_kit import rows

from chokepoint.releases.dictionary import META_TABLES, OF_THE_RUN
from chokepoint.releases.meanings import FIRST_DAY, unit_of
from chokepoint.settings import PROJECT_DIR

# Words that say nothing beside a name.
FILLERS = {"the", "a", "an", "of", "in", "is", "to", "and", "its", "with"}
# BI tools show the description of one column: what it leans on is not there.
LEANING = re.compile(
    r"(Those|These|That|The same|Of (them|these|those)|Its|Their|They|It|The figure|Where it)\b"
    r"|[^:;]+ (out )?of (them|these|those)\.$"
)

# Columns of models that are in the project since its first three days.
LAST_COUNTED = "2026-11-27"
COUNTED = 1626


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


def only_repeats(name: str, description: str) -> bool:
    """Whether a description has no word but those of the name."""
    return words(description) <= words(name)


def copied(described: list[tuple[str, str]]) -> dict[str, set[str]]:
    """Descriptions that columns of different names share, with these names."""
    names: dict[str, set[str]] = {}
    for name, description in described:
        names.setdefault(" ".join(description.lower().split()), set()).add(name)
    return {text: found for text, found in names.items() if len(found) > 1}


def test_no_description_is_empty_or_repeats_the_name(columns):
    wrong = [
        f"{row['relation_name']}.{row['column_name']}: {row['description']}"
        for row in columns
        if only_repeats(row["column_name"], row["description"] or "")
    ]
    assert wrong == []


def test_every_written_description_stands_alone():
    """Without a build: the yml, the shared words and the tables that publishing adds."""
    told = {}
    for model, column in written():
        told[f"{model['name']}.{column['name']}"] = column["description"]
    shared = (PROJECT_DIR / "models" / "docs.md").read_text(encoding="utf-8")
    for name, text in re.findall(r"{% docs (\w+) %}\s*(.*?)\s*{% enddocs %}", shared, re.DOTALL):
        told[f"docs.{name}"] = text
    for name, (_, own) in META_TABLES.items():
        told |= {f"{name}.{column}": text for column, (_, text) in own.items()}
    assert len(told) > 1000
    assert {name: text for name, text in told.items() if LEANING.match(text)} == {}


def test_no_description_is_copied(columns):
    """Two columns that are said to be the same are one too many, or one is described wrongly."""
    assert copied([(row["column_name"], row["description"]) for row in columns]) == {}


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


def test_examples_and_ranges_are_of_the_data(columns, full_build):
    with full_build.connect() as connection:
        by_name = {(row["relation_name"], row["column_name"]): row for row in columns}
        share = by_name["fct_partner_shares", "value_share"]
        assert share["value_range"] == "0 to 1"
        assert share["unit"] == "fraction, 1 is all"
        low, high = connection.execute(
            "select min(value_share), max(value_share) from marts.fct_partner_shares"
        ).fetchone()
        assert share["observed_range"] == f"{low} to {high}"
        example = by_name["fct_measure_states", "state"]["example"]
        assert connection.execute(
            "select count(*) > 0 from marts.fct_measure_states where state = ?", [example]
        ).fetchone()[0]
        assert "baci_hs92_bilateral" in share["source"]


def test_a_new_column_states_its_first_day():
    """Without a build: it would be given its model's, though no release of then has it."""
    days = [
        meta_of(column).get("since") or meta_of(model).get("since", FIRST_DAY)
        for model, column in written()
    ]
    assert sum(day <= LAST_COUNTED for day in days) == COUNTED, (
        'a new column has `config: {meta: {since: "2026-12-01"}}` beside its description'
    )


def test_counts_logarithms_and_fractions_are_told_apart(columns):
    """Names that look alike have other units."""
    units = {(row["relation_name"], row["column_name"]): row["unit"] for row in columns}
    for relation, column, wanted in (
        ("fct_economic_importance", "unallocated_uses", "uses"),
        ("fct_economic_importance", "uses_without_share", "uses"),
        ("fct_sector_material_use", "uses_without_share", "uses"),
        ("fct_sector_material_use", "use_share_low", "fraction, 1 is all"),
        ("fct_mirror_gaps", "log_ratio", "natural logarithm, 0 is equal"),
        ("fct_mirror_gaps", "mass_log_ratio", "natural logarithm, 0 is equal"),
    ):
        assert units[relation, column] == wanted, (relation, column)
    assert unit_of("top_supplier_rank", "INTEGER") == "rank, 1 is first"


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

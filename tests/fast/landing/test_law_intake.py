"""Entering law: bad input is named, what is written is whole, and a second reader confirms it."""

import csv
import os
import shutil
import signal
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from chokepoint.cli import app, law, options
from chokepoint.errors import ChokepointError
from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.warehouse.law import intake as law_intake
from chokepoint.warehouse.law.check import connect, examine, read_law
from chokepoint.warehouse.model_sql import ModelSql

TODAY = date(2026, 11, 26)
DRAFT = yaml.load(law_intake.TEMPLATE.read_text(), Loader=yaml.BaseLoader)
MEASURE = {
    "measure_id": "NO-2026-1", "jurisdiction": "NO", "title": "A ban", "measure_type": "ban",
    "announced_on": "2026-11-20", "effective_from": "2026-12-01", "target_partner": "ALL",
    "source_title": "A notice", "source_url": "https://example.org/1", "confidence": "press",
}  # fmt: skip
ITEM = {"item_description": "Ore", "hs6": "260300", "coverage": "whole", "code_origin": "notice"}


def project_in(folder: Path) -> Settings:
    """Settings of a project whose seeds are the test's own."""
    project = folder / "project"
    shutil.copytree(
        PROJECT_DIR / "seeds", project / "seeds", ignore=shutil.ignore_patterns("deliveries")
    )
    for name in ("models", "macros", "dbt_project.yml"):
        (project / name).symlink_to(PROJECT_DIR / name)
    return Settings(data_dir=folder / "data", project_dir=project)


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    """For the command line too."""
    made = project_in(tmp_path)
    monkeypatch.setattr(options, "settings_of", lambda: made)
    monkeypatch.setattr(law, "_today", lambda: TODAY)
    return made


@pytest.fixture(scope="module")
def planned(tmp_path_factory) -> law_intake.Plan:
    """What entering the template would do."""
    folder = tmp_path_factory.mktemp("planned")
    made = project_in(folder)
    models = ModelSql(made.project_dir)
    read = law_intake.read_draft(write_draft(folder, DRAFT), read_law(models))
    return law_intake.plan(made, models, read, TODAY)


@pytest.fixture
def plan(settings, planned) -> law_intake.Plan:
    """The same, for the files of this test."""
    seeds = settings.project_dir / "seeds" / "measures"
    return replace(planned, contents={seeds / path.name: v for path, v in planned.contents.items()})


def files_of(settings: Settings) -> dict[str, bytes]:
    folder = settings.project_dir / "seeds" / "measures"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write_draft(folder: Path, draft: dict) -> Path:
    path = folder / "act.yml"
    path.write_text(yaml.safe_dump(draft), encoding="utf-8")
    return path


def run(*arguments: str, typed: str | None = None):
    return CliRunner().invoke(app.app, ["law", *arguments], input=typed)


def said_of(settings: Settings, word: str) -> str:
    """`measures.csv:next` with the number of the line behind the last."""
    name, _, rest = word.partition(":")
    if rest != "next":
        return word
    return f"{name}:{len(files_of(settings)[name].splitlines()) + 1}"


def next_id(settings: Settings, name: str) -> str:
    """The identifier behind the last of a table that counts its rows."""
    with (settings.project_dir / "seeds/measures" / name).open(encoding="utf-8") as file:
        last = max(next(iter(row.values())) for row in csv.DictReader(file))
    return f"{last[0]}{int(last[1:]) + 1:0{len(last) - 1}}"


def changed(draft: dict, part: str, **fields: str) -> dict:
    row = draft[part][0] if isinstance(draft[part], list) else draft[part]
    row = {**row, **fields}
    return {**draft, part: [row] if isinstance(draft[part], list) else row}


ACT = changed(
    changed(
        DRAFT, "act", effective_from="2026-11-31", effective_to="2026-01-01",
        effective_to_is_inclusive="N", jurisdiction="CHN", act_type="extention",
        source_url="example.org",
    ),
    "relations", target_id="CN-2025-700",
)  # fmt: skip
CYCLE = {
    **DRAFT["relations"][0], "act_id": "CN-2025-57", "relation": "suspends", "new_end_on": "",
    "new_end_is_inclusive": "", "source_title": "A notice",
    "source_url": "https://example.org/1", "confidence": "press",
}  # fmt: skip


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (ACT, ["measure_relations.csv:next", "target_id", "nearest known is CN-2025-70",
               "law_acts.csv:next", "effective_from", "2026-11-31", "no date",
               "jurisdiction", "CHN", "alpha-2",
               "nearest known is extension", "source_url", "https://", "6 faults"]),
        (changed(DRAFT, "act", effective_to="2026-01-01", effective_to_is_inclusive="N",
                 act_id="US-TRUCE-STATEMENT-2026"),
         ["law_acts.csv:next", "effective_to", "2026-01-01", "correct",
          "act_id", "2 rows have this identifier", "its own"]),
        ({"entered_by": "AB", "relations": [CYCLE]},
         ["measure_relations.csv:next", "CN-2025-57 > CN-2025-70 > CN-2025-57", "turns back"]),
        ({"entered_by": "AB", "measure": {**MEASURE, "measure_id": "CN-2025-18"},
          "scope": [{**ITEM, "hs6": "2603", "hs8_cn": "2603000"}]},
         ["measure_scope.csv:next", "hs6", "2603", "six digits", "eight digits",
          "measures.csv:next", "2 rows have this identifier"]),
    ],
    ids=["values", "repeated", "cycle", "measure"],
)  # fmt: skip
def test_faults_name_file_field_value_and_remedy(settings, tmp_path, draft, words):
    before = files_of(settings)
    done = run("add", "--from", str(write_draft(tmp_path, draft)), "--yes")
    assert done.exit_code == 1, done.output
    for word in (*(said_of(settings, word) for word in words), "Nothing was written."):
        assert word in done.output, done.output
    assert files_of(settings) == before


NO_DRAFTS = (
    ("act: [", ["act.yml", "no YAML"]),
    ("- 1\n", ["act.yml", "no list of fields"]),
    ("entered_by: AB\n", ["nothing to enter"]),
    ("entered_by: '12'\nact: {act_id: X}\n", ["entered_by", "'12'", "initials"]),
    ("entered_by: AB\nacts: {act_id: X}\n", ["'acts'", "the nearest: act"]),
    ("entered_by: AB\nact: {act_idd: X}\n", ["act_idd", "the nearest: act_id"]),
    ("entered_by: AB\nact: {act_id: [X]}\n", ["act_id", "more than one value"]),
    ("entered_by: AB\nact: {act_idd: X}\n", ["act: there is no field"]),
    ("entered_by: AB\nact: {act_id: X, act_id: Y}\n", ["act_id is there twice", "line 2"]),
    ("entered_by: AB\nentered_by: CD\nact: {act_id: X}\n", ["entered_by is there twice"]),
    ("entered_by: AB\nrelations: R1\n", ["relations", "template"]),
    ("entered_by: AB\nact: {act_id: X}\nmeasure: {measure_id: Y}\n", ["not both"]),
)


def test_what_is_no_draft_is_refused(settings, tmp_path):
    tables = read_law(ModelSql(settings.project_dir))
    with pytest.raises(ChokepointError, match="Is a directory"):
        law_intake.read_draft(tmp_path, tables)
    for text, words in NO_DRAFTS:
        path = tmp_path / "act.yml"
        path.write_text(text)
        with pytest.raises(ChokepointError) as refused:
            law_intake.read_draft(path, tables)
        for word in (*words, "What to do:"):
            assert word in str(refused.value), text


def test_values_are_text_and_rows_are_counted_on(settings, tmp_path):
    """NO is Norway, and a code keeps its leading zero."""
    path = tmp_path / "act.yml"
    path.write_text(
        "entered_by: AB\nmeasure: {measure_id: NO-1, jurisdiction: NO, confidence: press}\n"
        "scope: [{hs6: 010121}, {hs6: 010129}]\n"
    )
    draft = law_intake.read_draft(path, read_law(ModelSql(settings.project_dir)))
    (_, measure), (_, first), (_, second) = draft.rows
    assert measure["jurisdiction"] == "NO"
    counted = next_id(settings, "measure_scope.csv")
    assert first["scope_id"] == counted
    assert int(second["scope_id"][1:]) == int(counted[1:]) + 1
    assert (first["hs6"], first["measure_id"], first["confidence"]) == ("010121", "NO-1", "press")


def test_rows_are_appended_and_stay_unconfirmed_until_a_second_reader(settings, tmp_path):
    acts = settings.project_dir / "seeds/measures/law_acts.csv"
    acts.write_bytes(acts.read_bytes().replace(b"\n", b"\r\n").rstrip())
    before = files_of(settings)
    relation = next_id(settings, "measure_relations.csv")
    path = tmp_path / "act.yml"
    path.write_text(run("template").output)
    done = run("add", "--from", str(path), "--yes")
    assert done.exit_code == 0, done.output
    assert "2026-11-10  CN-2025-62" in done.output
    assert "on 2026-11-26" in done.output
    after = files_of(settings)
    for name in ("law_acts.csv", "measure_relations.csv", "law_entries.csv"):
        # Line ends are kept, and a last line without one is.
        end = b"\r\nCN-2026-999," if name == "law_acts.csv" else b""
        assert after[name].startswith(before[name] + end)
        assert after[name].endswith(b"\r\n" if end else b"\n")
        assert after.pop(name) != before.pop(name)
    assert after == before
    # The end of the second rests on the act.
    names = ("CN-2026-999", "CN-2025-70", "CN-2025-72")
    assert confidence(settings, *names) == ["unconfirmed", "unconfirmed", "press"]

    assert "same person" in str(run("confirm", "CN-2026-999", "--by", "ab").exception)
    done = run("confirm", "CN-2026-999", "--by", "XY")
    assert f"law_acts CN-2026-999, measure_relations {relation}" in done.output
    act, ended = confidence(settings, *names[:2])
    assert (act, ended[:13]) == ("official text", "official text")
    assert "already confirmed by XY" in str(run("confirm", "CN-2026-999", "--by", "Z").exception)
    with (settings.project_dir / "seeds/measures/law_entries.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["entered_by"], row["confirmed_by"], row["confirmed_on"]) for row in rows} == {
        ("AB", "XY", "2026-11-26")
    }
    models = ModelSql(settings.project_dir)
    assert examine(settings, models, read_law(models))[0] == set()


def confidence(settings: Settings, *act_ids: str) -> list[str]:
    """As marts.dim_act has it."""
    models = ModelSql(settings.project_dir)
    with connect(settings) as con:
        for table in read_law(models).values():
            columns = ", ".join(f"'{column}': 'varchar'" for column in table.columns)
            con.execute(
                f'create table "{table.name}" as from read_csv(?, header = true, columns ='
                f" {{{columns}}})",
                [str(table.path)],
            )
        models.run(con, "dim_act")
        found = dict(con.execute("select act_id, confidence from dim_act").fetchall())
    return [found[act_id] for act_id in act_ids]


def test_an_unknown_name_is_not_confirmed(settings):
    error = run("confirm", "CN-1", "--by", "XY").exception
    for word in ("law_entries.csv", "CN-1", "no entry has this name", "What to do"):
        assert word in str(error)


def test_a_file_that_changed_meanwhile_stops_the_write(settings, plan):
    path = settings.project_dir / "seeds/measures/law_acts.csv"
    path.write_bytes(path.read_bytes().replace(b"ARECOMS", b"Arecoms", 1))
    before = files_of(settings)
    with pytest.raises(ChokepointError, match=r"law_acts\.csv has changed since it was read"):
        law_intake.write(settings, plan.contents)
    assert files_of(settings) == before


def test_a_rename_that_fails_leaves_all_files_as_they_were(settings, plan, monkeypatch):
    before = files_of(settings)
    rename = Path.replace
    for failing in (1, 2, 3):
        calls = []

        def fail(self, target, calls=calls, failing=failing):
            calls.append(target)
            if len(calls) == failing and Path(target).parent.name == "measures":
                raise OSError(28, "No space left on device")
            return rename(self, target)

        with law_intake.writer_lock(settings, "law"), monkeypatch.context() as patch:
            patch.setattr(Path, "replace", fail)
            with pytest.raises(ChokepointError, match="as they were"):
                law_intake.replace_all(plan.contents)
        assert files_of(settings) == before


def test_a_signal_between_two_renames_does_not_tear_the_write(settings, plan, monkeypatch):
    rename = Path.replace

    def interrupt(self, target):
        rename(self, target)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Path, "replace", interrupt)
    law_intake.replace_all(plan.contents)
    assert all(path.read_bytes() == new for path, (_, new) in plan.contents.items())
    assert not list((settings.project_dir / "seeds/measures").glob(".*"))


def test_a_write_torn_by_the_machine_is_named_by_the_rules(settings, plan):
    first, (_, new) = next(iter(plan.contents.items()))
    first.write_bytes(new)
    models = ModelSql(settings.project_dir)
    found, _ = examine(settings, models, read_law(models))
    assert {"entry_without_row", "unknown_act"} == {fault.rule for fault in found}


# One line per question of an act: the fields of law_acts but its source and note.
TYPED = [
    "AB", "act", "", "CN-2026-999", "MOFCOM", "China", "CN", "No. 999/2026", "Extends No. 70",
    "extension", "2026-11-31", "2026-11-09", "2026-11-09", "", "", "", "", "A notice",
    "https://example.org/1", "full", "official text", "",
]  # fmt: skip
RELATION = [
    "y", "", "CN-2025-70", "*", "extends", "", "", "", "2027-11-10", "N", "", "", "", "", "", "",
    "", "",
]  # fmt: skip


def test_fields_are_checked_as_they_are_typed(settings, plan, monkeypatch):
    monkeypatch.setattr(law_intake, "plan", lambda *_: plan)
    typed = "\n".join([*TYPED, "n", "n", *RELATION, "n", "y"]) + "\n"
    relation = next_id(settings, "measure_relations.csv")
    done = run("add", typed=typed)
    assert done.exit_code == 0, (done.output, done.exception)
    for words in (
        "act_id: this must be filled",
        "jurisdiction, value 'China': no such jurisdiction",
        "announced_on, value '2026-11-31': this is no date",
        f"Written: law_acts CN-2026-999, measure_relations {relation}",
    ):
        assert words in done.output, done.output


def test_whoever_stops_in_the_middle_has_written_nothing(settings, plan, tmp_path, monkeypatch):
    """A closed input ends a prompt as Ctrl-C does."""
    before = files_of(settings)
    done = run("add", typed="\n".join(TYPED[:5]) + "\n")
    assert "Nothing was written" in str(done.exception), done.output
    monkeypatch.setattr(law_intake, "plan", lambda *_: plan)
    from_file = ("add", "--from", str(write_draft(tmp_path, DRAFT)))
    assert "Nothing was written" in str(run(*from_file, typed="").exception)
    done = run(*from_file, "--dry-run")
    assert "2 rows without faults. Nothing was written." in done.output
    done = run(*from_file, typed="n\n")
    assert (done.exit_code, "Nothing was written." in done.output) == (0, True)
    assert files_of(settings) == before

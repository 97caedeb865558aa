"""Numbered releases of small published files: made once, compared with the last, or refused."""

import contextlib
import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from types import SimpleNamespace

import duckdb
import publishing_warehouse as kit
import pytest
import yaml
from small_house import House

from chokepoint.cli.commands import releasing
from chokepoint.errors import ChokepointError
from chokepoint.releases import mirror, numbered
from chokepoint.releases.comparing import notes
from chokepoint.releases.files import read_checksums
from chokepoint.releases.published import current_release, finish_activation, prune
from chokepoint.settings import PROJECT_DIR
from chokepoint.warehouse.graph import Project
from chokepoint.warehouse.model_inputs import published_inputs

KILLED = """
import os, pathlib, sys, publishing_warehouse
from chokepoint.releases import numbered

setattr(numbered, sys.argv[2], lambda *_: os._exit(9))
numbered.make_numbered(publishing_warehouse.make_settings(pathlib.Path(sys.argv[1])))
"""
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
KEY = {"fct_shares": ["share_id"]}
INPUTS = [("fct_shares", "seed", "baci", "baci", "data", "a" * 64)]
PLAIN = """
create table marts.fct_plain as select i as one, 'x' as two from range(5) as r (i);
create table marts.fct_origin as select 'real' as data_origin;
"""


@pytest.fixture
def settings(tmp_path):
    return kit.make_settings(tmp_path)


def publish(settings, select=None, extra="", inputs=INPUTS, **info):
    kit.make_warehouse(settings, select or kit.rows(50), extra)
    return kit.publish(
        settings, primary_keys=KEY, inputs=inputs, previous=numbered.latest_file(settings), **info
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A data folder with a build, and one where it is a numbered release."""
    folders = [tmp_path_factory.mktemp("kept") / name for name in ("build", "release")]
    build, numbered_one = map(kit.make_settings, folders)
    publish(build, None, PLAIN)
    shutil.copytree(build.data_dir, numbered_one.data_dir, symlinks=True)
    numbered.make_numbered(numbered_one, now=NOW)
    return build.data_dir, numbered_one.data_dir


@pytest.fixture
def build(settings, kept):
    """The build of 50 rows, published."""
    shutil.copytree(kept[0], settings.data_dir, symlinks=True)
    return current_release(settings)


@pytest.fixture
def made(settings, kept):
    """The same, released."""
    shutil.copytree(kept[1], settings.data_dir, symlinks=True)
    return numbered.latest_numbered(settings)


def refusal(settings):
    with pytest.raises(ChokepointError) as error:
        numbered.make_numbered(settings, now=NOW)
    return str(error.value)


def visible(settings):
    return sorted(path.name for path in settings.numbered_dir.glob("*"))


def diff_of(made, relation):
    content = json.loads((made.directory / "diff.json").read_text())
    (found,) = [one for one in content["relations"] if one["relation"] == relation]
    return found


def test_the_first_release_holds_the_build_and_what_its_readers_need(settings, made):
    build = current_release(settings)
    assert (made.version, made.previous) == ("2026.11.0", None)
    assert (made.build_id, made.content_hash) == (build.release_id, build.content_hash)
    held = {path.relative_to(made.directory).as_posix() for path in made.directory.rglob("*.*")}
    assert held >= {
        "chokepoint.duckdb", "parquet/fct_shares.parquet", "NOTES.md", "LICENSES.csv",
        "CITATION.cff", "datapackage.json", "dictionary.csv", "numbered.json",
    }  # fmt: skip
    assert "diff.json" not in held
    assert made.path.read_bytes() == build.path.read_bytes()
    done = subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=made.directory
    )
    assert done.returncode == 0
    listed = set(read_checksums(made.directory))
    assert listed == {p for p in held if (made.directory / p).is_file()}
    assert "first numbered release" in made.notes
    with (made.directory / "LICENSES.csv").open(newline="") as file:
        assert [(row["relation"], row["licence"]) for row in csv.DictReader(file)] == [
            ("fct_shares", "Etalab 2.0")
        ]
    package = json.loads((made.directory / "datapackage.json").read_text())
    assert (package["version"], package["id"]) == ("2026.11.0", build.release_id)
    licences = {one["name"]: one.get("licenses") for one in package["resources"]}
    assert licences["fct_shares"][0]["title"] == "Etalab 2.0"
    assert licences["build"] is None
    cited = yaml.safe_load((made.directory / "CITATION.cff").read_text())
    assert (cited["version"], cited["date-released"]) == ("2026.11.0", "2026-11-26")
    assert [one["authors"] for one in cited["references"]] == [[{"name": "CEPII"}]]
    assert made.content_hash in cited["identifiers"][0]["value"]


def test_no_csv_of_a_release_holds_a_formula(settings, tmp_path):
    formula = "=cmd|' /C calc'!A0"
    told = (
        "alter table marts.fct_shares add column note varchar; update marts.fct_shares set note = "
    )
    sources = "update meta.sources set title = '@SUM(1)';"
    quoted = formula.replace("'", "''")
    publish(settings, None, f"{sources}{told}'{quoted}';")
    first = numbered.make_numbered(settings, now=NOW)
    publish(settings, None, f"{told}'+1+1';")
    cells = tmp_path / "cells.csv"
    releasing.release_diff(settings, first.version, "published", cells)
    paths = [first.directory / name for name in ("dictionary.csv", "LICENSES.csv")]
    for path, wanted in zip([*paths, cells], [f"'{formula}", "'@SUM(1)", None], strict=True):
        with path.open(encoding="utf-8", newline="") as file:
            found = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in found if cell.startswith(("=", "+", "@"))], path
        assert wanted is None or wanted in found, path


def test_the_second_release_says_what_differs(settings, made):
    changed = kit.rows(53, changed="if(share_id < 4, 0.25, value_share) as value_share")
    publish(
        settings,
        f"select * from ({changed}) where share_id <> 10",
        """
        create table marts.fct_new as select 1 as new_id;
        create table marts.fct_plain as select i as one, 'x' as two from range(1, 7) as r (i);
        alter table marts.fct_shares add column more varchar;
        alter table marts.fct_shares alter column total type varchar;
        drop view reports.a_rpt_on_top;
        """,
    )
    second = numbered.make_numbered(settings, now=NOW)
    assert second.previous == made.version
    shares = diff_of(second, "marts.fct_shares")
    assert (shares["status"], shares["compared_by"]) == ("changed", "key")
    assert (shares["rows_before"], shares["rows_after"]) == (50, 52)
    assert (shares["rows_added"], shares["rows_removed"], shares["rows_changed"]) == (3, 1, 4)
    assert shares["cells"] == {"value_share": 4}
    assert shares["columns_added"] == ["more"]
    assert shares["retyped"] == {"total": ["HUGEINT", "VARCHAR"]}
    plain = diff_of(second, "marts.fct_plain")
    assert plain["compared_by"] == "row"
    assert (plain["rows_added"], plain["rows_removed"]) == (2, 1)
    for relation, entry in {
        "marts.fct_new": ("status", "added"),
        "reports.a_rpt_on_top": ("status", "removed"),
        "reports.rpt_shares": ("compared_by", "columns"),
        "meta.sources": ("status", "same"),
    }.items():
        assert diff_of(second, relation)[entry[0]] == entry[1], relation
    for words in (
        "| marts.fct_shares | 52 | 3 | 1 | 4 |", "- marts.fct_shares: new more",
        "- reports.a_rpt_on_top: removed", "total was HUGEINT, is VARCHAR",
    ):  # fmt: skip
        assert words in second.notes


def test_changes_are_in_the_published_file_and_not_in_its_hash(settings):
    """The same data must have the same hash, whatever was released before."""
    licences = (
        "create table marts.fct_licence_claims as"
        " select 'L1' as claim_id, {} as numerator, 141 as denominator;"
    )
    keys = {**KEY, "fct_licence_claims": ["claim_id"]}
    inputs = [("fct_licence_claims", "seed", "stats", "stats", "data", "{}")]

    def build(number, previous):
        kit.make_warehouse(settings, kit.rows(5), licences.format(number))
        seeds = [(*inputs[0][:-1], str(number))]
        return kit.publish(settings, primary_keys=keys, inputs=seeds, previous=previous)

    build(19, None)
    first = numbered.make_numbered(settings, now=NOW)
    compared = build(20, numbered.latest_file(settings))
    assert kit.query(
        settings.published_path,
        "select previous_release, column_name, old_value, new_value, cause from meta.changes",
    ) == [(first.version, "numerator", "19", "20", "revision")]
    assert kit.query(
        settings.published_path,
        "select row_count from meta.relations where relation_name = 'changes'",
    ) == [(1,)]
    assert kit.query(settings.published_path, "select previous_release from meta.build") == [
        (first.version,)
    ]
    made = numbered.make_numbered(settings, now=NOW)
    assert "| fct_licence_claims | 1 |" in made.notes
    moved = "`fct_licence_claims.numerator` of `L1`: 19 to 20 (revision)"
    assert moved in made.notes
    assert build(20, None).content_hash == compared.content_hash


FRESHNESS = """
create or replace table meta.freshness as
select * from (values
    ('baci', '2019', '2024', 4, 900, 0, date '2027-03-01'),
    ('ecb', '2000', '2026-06', 3, 318, 2, date '2026-08-14'),
    ('gacc', null, null, null, null, 0, null),
    ('baci_hs96', null, null, null, null, 0, null)
) as t (source_id, first_period, latest_period, period_count, row_count, quarantined_count,
    stale_after);
create or replace table meta.deliveries as
select *, true as is_current from (values
    ('baci', '2019'), ('baci', '2020'), ('baci', '2023'), ('baci', '2024'),
    ('ecb', '2025'), ('ecb', '2026-01'), ('ecb', '2026-03'), ('ecb', '2026-06'),
    ('graph', 'sample')
) as t (source_id, period);
insert into meta.sources
select 'gacc', 'gacc', 'Customs of China', 'Exports', 'https://customs.gov.cn', 'ask first',
    'https://customs.gov.cn', 'ask first', 'real';
"""


def test_sources_without_rows_claim_no_terms_and_are_named_last(settings):
    inputs = [*INPUTS, ("fct_shares", "delivery", "gacc", "gacc", "data", "b" * 64)]
    publish(settings, None, FRESHNESS, inputs=inputs)
    made = numbered.make_numbered(settings, now=NOW)
    gaps = made.notes.split("## Known gaps\n\n")[1].split("\n\n")[0].splitlines()
    assert gaps[:3] == [
        "- `ecb` is stale: its latest period is 2026-06, the next was due by 2026-08-14",
        "- `baci` has no 2021 to 2022",
        "- `ecb` has no 2026-02, 2026-04 to 2026-05",
    ]
    assert gaps[-1] == "- 2 sources have no delivery in this release: `baci_hs96`, `gacc`"
    assert not any("gacc" in line for line in gaps[:-1])
    for name in ("CITATION.cff", "datapackage.json", "LICENSES.csv", "NOTES.md"):
        content = (made.directory / name).read_text()
        assert "Customs of China" not in content, name
        assert "ask first" not in content, name
        assert "Etalab 2.0" in content, name


def test_the_tenth_release_of_a_month_is_newer_than_the_ninth(settings, made):
    assert made.version == "2026.11.0"
    for version in ("2026.11.9", "2026.11.10"):
        shutil.copytree(made.directory, settings.numbered_dir / version)
    assert numbered.latest_numbered(settings).version == "2026.11.10"
    assert numbered.next_version(settings, NOW.date()) == "2026.11.11"
    assert numbered.next_version(settings, date(2026, 12, 1)) == "2026.12.0"
    shutil.copytree(made.directory, settings.numbered_dir / "2026.12.0")
    listed = [one.version for one in numbered.list_numbered(settings)]
    assert listed == ["2026.12.0", "2026.11.10", "2026.11.9", "2026.11.0"]
    with pytest.raises(ChokepointError, match="later month than 2026-11"):
        numbered.next_version(settings, NOW.date())


def test_a_damaged_release_is_named_and_the_others_are_listed(settings, made, capsys):
    newer = settings.numbered_dir / "2026.12.0"
    shutil.copytree(made.directory, newer)
    (newer / "numbered.json").unlink()
    (newer / "numbered.json").write_text("[]")
    releasing.release_list(settings)
    said = capsys.readouterr().out
    assert f"{newer / 'numbered.json'} is damaged" in said
    assert made.build_id[:18] in said
    assert numbered.find_numbered(settings, "2026.11.0") == made
    assert not releasing.verify(settings)
    assert f"{newer}: numbered.json missing or not" in capsys.readouterr().out
    with pytest.raises(ChokepointError, match=r"numbered\.json is damaged"):
        numbered.latest_file(settings)


def test_a_release_is_never_written_over_and_outlives_the_builds(settings, made, monkeypatch):
    before = {path: path.read_bytes() for path in made.directory.rglob("*.*") if path.is_file()}
    publish(settings, kit.rows(3))
    monkeypatch.setattr(numbered, "next_version", lambda *_: made.version)
    assert "never overwritten" in refusal(settings)
    assert prune(settings, keep=1) == [made.build_id]
    assert {path: path.read_bytes() for path in before} == before
    assert visible(settings) == [made.version]


def test_nothing_published_or_nothing_new_is_refused(tmp_path, settings, made):
    assert "Nothing is published yet" in refusal(kit.make_settings(tmp_path / "other"))
    assert "is release 2026.11.0 already" in refusal(settings)
    assert visible(settings) == ["2026.11.0"]


def test_a_build_compared_with_an_older_release_is_refused(settings, made):
    """Its reader would be told of changes that the release before had already."""
    kit.publish(settings, primary_keys=KEY, inputs=INPUTS)
    assert "since release (none), but the last one is 2026.11.0" in refusal(settings)


def test_a_release_that_cannot_be_read_is_named(settings, made):
    made.path.chmod(0o644)
    made.path.write_bytes(b"x" * 5000)
    with pytest.raises(ChokepointError, match=r"Release 2026\.11\.0 cannot be read") as error:
        publish(settings, kit.rows(3))
    assert "move its folder away" in str(error.value)
    made.directory.rename(settings.data_dir / "aside")
    assert publish(settings, kit.rows(3))


def tamper(settings, sql):
    """Change the published build's own file, checksums and all."""
    build = current_release(settings)
    build.path.chmod(0o644)
    with duckdb.connect(str(build.path)) as con:
        con.execute(sql)
    (build.directory / "SHA256SUMS").chmod(0o644)
    mirror.write_checksums(build.directory)


def test_a_build_with_a_failed_check_is_refused(settings, build):
    tamper(settings, "update meta.check_results set status = 'fail'")
    assert "fct_shares__shares_are_fractions" in refusal(settings)
    tamper(settings, "update meta.check_results set severity = 'warn', observed = 'a_gap | x'")
    assert "a\\_gap \\| x" in numbered.make_numbered(settings, now=NOW).notes


def test_a_file_that_is_not_what_it_was_is_refused(settings, build):
    path = build.directory / "dictionary.csv"
    path.chmod(0o644)
    path.write_text("x")
    assert "dictionary.csv is missing or differs" in refusal(settings)
    assert visible(settings) == []


def test_rows_of_the_users_own_are_refused(settings, build):
    """Publishing leaves them out; a file of an earlier version, or another's, may hold some."""
    tamper(settings, "update marts.fct_origin set data_origin = 'own_mapping'")
    tamper(settings, "insert into marts.fct_origin values ('real; own')")
    assert "marts.fct_origin (1 rows)" in refusal(settings)
    assert visible(settings) == []


def test_a_full_disk_leaves_nothing_half_made(settings, build, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for module, step in (
        (mirror, "write_checksums"), (mirror, "flush"), (numbered, "write_json")
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(module, step, full)
            assert "The disk is full" in refusal(settings)
        assert visible(settings) == []
    assert numbered.make_numbered(settings, now=NOW).version == "2026.11.0"


@pytest.mark.parametrize("step", ["seal", "write_json"])
def test_a_killed_release_cannot_be_seen_and_is_cleaned_up(settings, build, tmp_path, step):
    # Not forked: a lock that a thread of pytest's holds would stay closed in the child.
    paths = [str(PROJECT_DIR), str(PROJECT_DIR / "tests" / "fixtures")]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), step],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}, check=False,
    )  # fmt: skip
    assert killed.returncode == 9
    assert len(visible(settings)) == 1
    assert numbered.list_numbered(settings) == []
    assert numbered.latest_file(settings) is None
    abandoned = settings.numbered_dir / visible(settings)[0]
    for next_run in (finish_activation, numbered.make_numbered, numbered.make_numbered):
        abandoned.mkdir(exist_ok=True)
        # The second release is refused: the build is released already.
        with contextlib.suppress(ChokepointError):
            next_run(settings)
        assert not abandoned.exists()
    assert len(visible(settings)) == 1


def test_the_commands_make_list_show_and_compare(settings, build, capsys, tmp_path):
    releasing.release(settings, SimpleNamespace(invoked_subcommand=None))
    made = numbered.latest_numbered(settings)
    said = capsys.readouterr().out
    assert f"Release {made.version}" in said
    publish(settings, kit.rows(52))
    cells = tmp_path / "cells.csv"
    releasing.release_diff(settings, made.version, "published", cells)
    said = capsys.readouterr().out
    assert said.startswith(f"# {made.version} to published\n")
    assert "| marts.fct_shares | 52 | 2 | 0 | 0 |" in said
    assert cells.read_text().startswith("previous_release,relation_name,row_key")
    releasing.release_list(settings)
    assert made.build_id[:18] in capsys.readouterr().out
    releasing.release_show(settings, None)
    assert capsys.readouterr().out == made.notes
    with pytest.raises(ChokepointError, match=r"no release '1999\.1\.0'"):
        numbered.find_numbered(settings, "1999.1.0")
    with pytest.raises(ChokepointError, match="with itself"):
        releasing.release_diff(settings, made.version, made.version, None)
    with pytest.raises(ChokepointError, match=r"neither \.csv nor \.parquet"):
        releasing.release_diff(settings, made.version, "published", tmp_path / "x.txt")


def test_words_of_sources_are_inert_in_the_notes():
    assert notes.text("<script>alert(1)</script>\n| a_b |") == (
        "&lt;script&gt;alert(1)&lt;/script&gt; \\| a\\_b \\|"
    )


def test_a_seed_must_say_what_a_change_of_it_is(tmp_path):
    """And a model counts by its code, the macros that it calls, near and far, and variables."""
    house, cause = House(tmp_path), {"change_cause": "code_map"}
    del house.models["stg_flows"], house.models["fct_flows"]
    (kind, code), told = house.models["int_scaled"], []

    def checksum(name):
        house.write()
        manifest = house.manifest()
        for node in manifest["nodes"].values():
            node["config"]["meta"], node["path"] = cause, "goods.csv"
        found = published_inputs(Project(manifest), house.settings.project_dir)
        return next(one.checksum for one in found if one.input_name == name)

    told.append(checksum("int_scaled"))
    house.models["int_scaled"] = (kind, code.replace(" from", "\nfrom") + " -- because")
    house.variables["unused"] = 7
    assert checksum("int_scaled") == told[0]
    for macro in ("scaled", "factor"):
        house.macros[macro] = house.macros[macro].replace("%}{{", "%}2 + {{")
        told.append(checksum("int_scaled"))
    house.variables["factor"] = 6
    told.append(checksum("int_scaled"))
    assert len(set(told)) == 4
    before = checksum("goods")
    house.seeds["goods"][0] = "a,9"
    assert checksum("goods") != before
    cause.clear()
    with pytest.raises(ChokepointError, match=r"Seed goods says None as config\.meta\."):
        checksum("goods")

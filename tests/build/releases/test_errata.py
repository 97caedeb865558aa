"""Corrected figures: counted, written as CSV and feed, and told to whoever replays a citation."""

import csv
import io
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import duckdb
import publishing_warehouse as kit
import pytest

from chokepoint.cli.commands import releasing
from chokepoint.errors import ChokepointError
from chokepoint.releases import errata
from chokepoint.releases.numbered import latest_file, make_numbered

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
KEYS = {"fct_licence_claims": ["claim_id"]}
RELATION, COLUMN, KEY = "fct_licence_claims", "numerator", '{"claim_id": "L1"}'
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Three releases: L1 is 19, then 20, then gone; L2 comes with the second and stays."""
    settings = kit.make_settings(tmp_path_factory.mktemp("errata"))
    contents = ("('L1', 19)", "('L1', 20), ('L2', 5)", "('L2', 5)")
    for number, content in enumerate(contents):
        kit.make_warehouse(
            settings,
            kit.rows(5),
            "create table marts.fct_licence_claims as"
            f" select * from (values {content}) as t (claim_id, numerator);",
        )
        inputs = [(RELATION, "seed", "stats", "stats", "data", str(number))]
        kit.publish(settings, primary_keys=KEYS, inputs=inputs, previous=latest_file(settings))
        make_numbered(settings, now=NOW + timedelta(days=number))
    return settings


def test_what_changed_or_vanished_is_corrected_and_what_came_is_not(settings):
    found = [dict(zip(errata.COLUMNS, row, strict=True)) for row in errata.corrections(settings)]
    told = [(row["version"], row["corrects"], row["old_value"], row["new_value"]) for row in found]
    assert told == [("2026.11.2", "2026.11.1", "20", None), ("2026.11.1", "2026.11.0", "19", "20")]
    assert {row["cause"] for row in found} == {"revision"}
    assert errata.counts(settings) == [
        ("2026.11.2", "2026.11.1", RELATION, "revision", 1),
        ("2026.11.1", "2026.11.0", RELATION, "revision", 1),
    ]


def test_a_figure_that_came_or_that_a_new_period_moved_corrects_nothing():
    changes = "('appeared', 'revision'), ('changed', 'new_period'), ('vanished', 'revision')"
    found = duckdb.sql(
        f"from (values {changes}) as changes (change_kind, cause) where {errata._CORRECTIONS}"
    ).fetchall()
    assert found == [("vanished", "revision")]


def test_csv_and_feed_hold_every_correction(settings, tmp_path):
    releasing.release_errata(settings, tmp_path / "errata.csv", "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "errata.csv").read_text("utf-8"))))
    assert [row["old_value"] for row in rows] == ["20", "19"]
    releasing.release_errata(settings, tmp_path / "errata.xml", "https://example.org/c/")
    feed = ET.fromstring((tmp_path / "errata.xml").read_text("utf-8"))
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        f"1 figure of {RELATION} in release 2026.11.1 corrected by 2026.11.2: revision",
        f"1 figure of {RELATION} in release 2026.11.0 corrected by 2026.11.1: revision",
    ]
    assert "19 to 20" in entries[1].findtext(f"{ATOM}summary")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    assert entries[0].find(f"{ATOM}link").get("href") == "https://example.org/c/"
    assert all(entry.findtext(f"{ATOM}updated") for entry in entries)
    with pytest.raises(ChokepointError, match=r"neither \.csv nor \.xml"):
        releasing.release_errata(settings, tmp_path / "errata.txt", "")


def test_a_feed_without_corrections_is_a_feed(tmp_path):
    text = errata.errata_feed(kit.make_settings(tmp_path))
    assert ET.fromstring(text).findall(f"{ATOM}entry") == []
    assert errata.errata_csv(kit.make_settings(tmp_path)).splitlines() == [",".join(errata.COLUMNS)]


def test_a_cited_figure_is_replayed_with_what_corrected_it(settings, capsys):
    found = errata.figure(settings, "2026.11.0", RELATION, COLUMN, KEY)
    assert found.value == "19"
    assert found.corrections == (("2026.11.1", "20"), ("2026.11.2", None))
    releasing.release_figure(settings, "2026.11.0", f"marts.{RELATION}", COLUMN, KEY)
    said = capsys.readouterr().out
    assert said.startswith("19\n")
    assert "The numerator." in said
    assert "Corrected by release 2026.11.1: 20" in said
    assert "Corrected by release 2026.11.2: no such figure" in said
    kept = errata.figure(settings, "2026.11.1", RELATION, COLUMN, '{"claim_id": "L2"}')
    assert (kept.value, kept.corrections) == ("5", ())


@pytest.mark.parametrize(
    ("version", "relation", "column", "key", "said"),
    [
        ("1999.1.0", RELATION, COLUMN, KEY, "no release '1999.1.0'"),
        ("2026.11.0", "fct_licence_claim", COLUMN, KEY, "such as fct_licence_claims"),
        ("2026.11.0", RELATION, "nominator", KEY, "no column nominator"),
        ("2026.11.0", RELATION, COLUMN, '{"claim": "L1"}', "no column claim"),
        ("2026.11.0", RELATION, COLUMN, '{"claim_id": "L2"}', "No row"),
        ("2026.11.1", RELATION, COLUMN, "L1", "is no key"),
        ("2026.11.1", RELATION, COLUMN, "{}", "is no key"),
        ("2026.11.0", "fct_shares", "value_share", '{"is_known": true}', "More than one row"),
    ],
)
def test_what_cannot_be_replayed_is_named(settings, version, relation, column, key, said):
    with pytest.raises(ChokepointError) as caught:
        errata.figure(settings, version, relation, column, key)
    assert said in f"{caught.value} {caught.value.remedy}"

"""Licences of two authorities are in no figure together, and a claim is as good as its evidence."""

import datetime as dt
from collections import defaultdict

import duckdb
import pytest
from model_laboratory import laboratory_of
from reading_kit import named, picked, table

from chokepoint.settings import PROJECT_DIR

CLAIMS = "int_licensing__claims"
# Best first.
GRADES = ("primary", "quoted_by_press", "aggregator")
UNKNOWNS = PROJECT_DIR / "chokepoint" / "site" / "queries" / "unknowns.sql"


def stats():
    return table("licensing_stats")


laboratory = laboratory_of(
    CLAIMS, "int_licensing__cases", "stg_law__measures",
    bundled=["licence_indicator_map", "licensing_stats"],
)  # fmt: skip


def test_the_same_words_of_two_authorities_are_two_claims(laboratory):
    rows = [row for row in stats() if row["stat_id"] in ("L005", "L006", "L007", "L008")]
    other = [row | {"stat_id": f"N{row['stat_id']}", "licensing_authority": "Netherlands"}
             for row in rows]  # fmt: skip
    laboratory.fill("licensing_stats", [*rows, *other])
    found = picked(laboratory.rows(CLAIMS), "licensing_authority applications_filed")
    assert set(found) == {("China", 141), ("Netherlands", 141)}
    laboratory.fill_bundled("licensing_stats")


def test_a_claim_has_the_grade_of_its_weakest_part(laboratory):
    """Against plain Python on the seed, and with one part of four made weaker."""
    grades = {row["stat_id"]: row["evidence_grade"] for row in stats()}
    for row in laboratory.rows(CLAIMS):
        parts = [grades[part] for part in row["stat_ids"].split("; ")]
        assert row["evidence_grade"] == max(parts, key=GRADES.index), row["claim_id"]
    chamber = [row for row in stats() if row["stat_id"] in ("L005", "L006", "L007", "L008")]
    for grade in GRADES:
        made = [row | {"evidence_grade": "primary"} for row in chamber]
        made[2]["evidence_grade"] = grade
        laboratory.fill("licensing_stats", made)
        (found,) = laboratory.rows(CLAIMS)
        assert found["evidence_grade"] == grade
    laboratory.fill_bundled("licensing_stats")


def test_what_is_at_no_address_of_its_own_is_not_primary():
    """A page of somebody else, or a site without a page, is never the text of the body itself."""
    by_host = defaultdict(set)
    for row in stats():
        assert row["evidence_grade"] in GRADES
        assert len(row["evidence_note"]) > 20
        by_host[row["source_url"].split("/")[2]].add(row["issuing_body"])
        if row["evidence_grade"] == "primary":
            assert row["url_quality"] == "full"
            assert row["confidence"].startswith("official text")
        if row["evidence_grade"] == "aggregator":
            is_known = "no address" in row["evidence_note"] or "not known" in row["evidence_note"]
            assert is_known, row["stat_id"]
    # The ministry's portal is primary for the ministry alone.
    assert len(by_host["exportcontrol.mofcom.gov.cn"]) > 1


def unknowns(claims):
    """The overview's range of shares granted, on these claims alone."""
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_commitment_scorecard (commitment_id text, verdict text,"
            " known_from date, made_on date, period text, code_match text)"
        )
        con.execute("create table marts.fct_licence_durations (data_origin text)")
        con.execute(
            "create table marts.fct_licence_claims (claim_id text, licensing_authority text,"
            " share_of_filed double, is_about_applications boolean, claim_date_latest date)"
        )
        con.executemany(
            "insert into marts.fct_licence_claims values (?, ?, ?, true, '2025-09-30')", claims
        )
        con.execute("set variable as_of = date '2026-01-01'")
        frame = con.sql(UNKNOWNS.read_text(encoding="utf-8"))
        return frame.select("licence_share_low, licence_share_high").fetchall()[0]


def test_a_dutch_claim_changes_no_figure_on_licences_of_china():
    chinese = [("a", "China", 0.2), ("b", "China", 0.7), ("e", "China", None)]
    dutch = [("c", "Netherlands", 0.0), ("d", "EU member states", 0.99)]
    assert unknowns(chinese) == unknowns([*chinese, *dutch]) == (0.2, 0.7)


CASE = {
    "measure_id": "CN-2025-18", "material": "dysprosium", "applicant_size_class": "small",
    "route": "ordinary", "destination_iso3": "DEU", "filed_date": dt.date(2025, 5, 1),
    "as_of_date": dt.date(2025, 6, 1), "data_origin": "own", "line_number": 2, "vintage": "v",
}  # fmt: skip


@pytest.mark.parametrize(
    ("other", "is_refused"), [("Netherlands", True), ("mofcom ", False), ("MOFCOM", False)]
)
def test_a_register_of_two_authorities_is_refused(laboratory, manifest, other, is_refused):
    """Every curve and count is of one register: it would be a figure of both."""
    rows = named("application_id authority", [("0", "MOFCOM"), ("1", other)])
    laboratory.fill("licence_applications", rows, **CASE)
    assert len(laboratory.rows("int_licensing__cases")) == 2
    failing = laboratory.failing(manifest, "int_licensing__cases")
    name = "int_licensing__cases__one_register_is_of_one_authority"
    assert (name in failing) == is_refused
    laboratory.fill("licence_applications", [])

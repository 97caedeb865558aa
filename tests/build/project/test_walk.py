"""From raw file to published file: what a stranger holds after `make build`."""

import json
import re
import sys
from pathlib import Path

import duckdb
import publishing_warehouse as kit
import pytest
from build_kit import PROJECT_DIR, ran
from release_kit import release_faults

from chokepoint.releases.comparing.changes import FACTS
from chokepoint.releases.meta.dictionary import META_TABLES
from chokepoint.releases.numbered import make_numbered

# Public names of macros: BI users and outside checks rely on them (docs/using/bi.md, CHANGELOG).
# dbt's contracts hold those of the marts.
PUBLIC_COLUMNS = {
    "reports.measure_state(null, null)": """measure_id clause_id destination user_type
        claim_group valid_from known_from state valid_to known_to is_disputed""",
    "reports.measures_ending(null, null)": """answer certainty measure_id clause_id
        instrument_no title source_url""",
    "reports.is_covered('85051110', 'DEU', null, null, null, null)": """answer certainty
        measure_id clause_id instrument_no title source_url asks_for deciding_question""",
    "reports.are_parts_covered([])": """part_number product_code destination answer certainty
        asks_for deciding_question answer_if_yes answer_if_no reason instruments""",
    "reports.trade_under_measures('EU27', 'CHN', null, null)": """product_code state source_id
        nomenclature weight_period product_value_eur value_eur_low value_eur_central
        value_eur_high product_net_mass_kg net_mass_kg_low net_mass_kg_central net_mass_kg_high
        certainty""",
    "reports.latest_imports('EU27', 'CHN', null)": """reporter_code partner_iso3 product_code
        period source_id nomenclature value_eur net_mass_kg part_of_product_code""",
    "reports.trade_by_reading('EU27', 'CHN', null, null)": """reporter_code partner_iso3
        product_code claim_group state share_low share_central share_high value_eur_low
        value_eur_central value_eur_high measure_ids""",
    "reports.brief(null)": """brief_number line_kind severity headline fact_id measure_id
        event_date known_from days_left evidence_url certainty data_origin""",
    "reports.scenario_differences(null)": """scenario_id question_id subject_id metric base_text
        scenario_text base_number scenario_number difference why data_origin""",
    "reports.scenario_answers(null, null, null)": """scenario_id question_id subject_kind
        subject_id subject_name detail metric value_text value_number unit rests_on data_origin""",
    "reports.crisis(null)": """event_id part_id products_affected firms alternatives exemptions
        days_left data_origin""",
    "meta.find('trade')": "find_rank relation kind topic grain question example_query found_by",
    "reports.lineage(null, null)": """relation_name row_key role grain source_id table_name
        vintage file_name file_sha256 lines first_line last_line line_count act_id clause_id""",
}


@pytest.mark.parametrize("relation", PUBLIC_COLUMNS)
def test_public_names_are_there(published, relation):
    found = {row[0] for row in published.execute(f"describe select * from {relation}").fetchall()}
    assert set(PUBLIC_COLUMNS[relation].split()) <= found


def test_each_figure_whose_changes_are_explained_is_there(published):
    """A renamed column would drop out of the explanation without a word."""
    for fact, columns in FACTS.items():
        held = published.execute(f"describe marts.{fact}").fetchall()
        assert set(columns) <= {row[0] for row in held}


def test_each_published_model_says_what_it_is_made_from(published):
    made, bare = published.execute(
        """
        with inputs as (
            select relation_name, list(distinct input_kind order by input_kind) as kinds,
                bool_and(checksum is not null) filter (where input_kind <> 'delivery')
                    as has_checksums,
            from meta.inputs group by relation_name
        )
        select count(*) filter (has_checksums), count(*) filter (kinds is null)
        from meta.relations left join inputs using (relation_name)
        """
    ).fetchone()
    # What publishing writes itself is made from no model.
    assert (made > 90, bare) == (True, len(META_TABLES))
    assert published.execute(
        """
        select input_kind, cause, count(distinct input_name) > 3 from meta.inputs
        where relation_name = 'fct_trade_under_measures' group by all order by all
        """
    ).fetchall() == [
        ("delivery", "data", True),
        ("model", "method", True),
        ("seed", "code_map", True),
        ("seed", "data", False),
        ("seed", "law_event", True),
        ("seed", "method", False),
    ]


def test_the_published_data_package_is_valid(full_build, release_validators):
    faults = release_faults(release_validators, full_build.published.parent)
    assert faults == {"package": [], "citation": []}


def test_package_and_citation_of_a_numbered_release_are_valid(release_validators, tmp_path):
    settings = kit.make_settings(tmp_path)
    kit.make_warehouse(settings)
    kit.publish(settings, inputs=[("fct_shares", "seed", "baci", "baci", "data", "a" * 64)])
    made = make_numbered(settings)
    assert release_faults(release_validators, made.directory) == {"package": [], "citation": []}
    parquet = made.directory / "parquet" / "fct_shares.parquet"
    parquet.unlink()
    parquet.write_bytes(b"PAR1")
    citation = made.directory / "CITATION.cff"
    citation.chmod(0o644)
    citation.write_text(citation.read_text().replace("type: dataset", "type: pamphlet"))
    found = release_faults(release_validators, made.directory)
    assert any("fct_shares" in fault for fault in found["package"])
    assert "pamphlet" in found["citation"][0]


def test_all_checks_of_all_layers_are_in_the_file(published):
    layers = dict(
        published.execute("select layer, count(*) from meta.check_results group by 1").fetchall()
    )
    assert set(layers) == {"landing", "dbt", "published"}
    assert min(layers["landing"], layers["dbt"]) > 50
    assert layers["published"] == 9
    failed = published.execute(
        "select * from meta.check_results where status in ('fail', 'error')"
    ).fetchall()
    assert failed == []


def test_data_package_names_the_producers_of_what_was_read(full_build):
    package = json.loads((full_build.published.parent / "datapackage.json").read_text())
    with full_build.connect() as con:
        read = con.execute(
            "select distinct producer from meta.sources"
            " inner join meta.inputs on inputs.input_name = sources.table_name"
            " where input_kind in ('delivery', 'seed') and not exists (from meta.freshness"
            " where freshness.source_id = sources.source_id and coalesce(row_count, 0) = 0)"
        ).fetchall()
    assert {source["title"] for source in package["sources"]} == {name for (name,) in read}
    assert len(read) > 10


@pytest.mark.parametrize(
    "path", sorted((PROJECT_DIR / "queries").glob("*.sql")), ids=lambda p: p.stem
)
def test_each_query_runs_as_plain_sql(published, path):
    """Any DuckDB client runs the file with its defaults, and the answer has a certainty column."""
    cursor = published.execute(path.read_text())
    assert "certainty" in [column[0] for column in cursor.description]
    assert cursor.fetchall()


# Answers in words instead (a03), or asks by the country codes of other tables (a12b).
_OTHERWISE = {"a03_is_covered", "a12b_sector_exposure"}


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        pytest.param(path, found[1], id=f"{path.stem}-{found[1]}")
        for path in sorted((PROJECT_DIR / "queries").glob("*.sql"))
        for found in re.finditer(r"^-- param: (\w+) place ", path.read_text(), re.MULTILINE)
        if path.stem not in _OTHERWISE
    ],
)
def test_plain_sql_refuses_a_place_that_nobody_knows(published, path, parameter):
    """No row would read as "nothing"; the command line refuses it in the same words."""
    published.execute(f"set variable {parameter} = 'Germny'")
    with pytest.raises(duckdb.Error, match="there is no place Germny: the nearest are Germany"):
        published.execute(path.read_text()).fetchall()


@pytest.mark.parametrize(
    ("name", "parameter"), [("a01_measure_states", "code"), ("a04_trade_under_measures", "product")]
)
def test_plain_sql_refuses_a_code_with_letters(published, name, parameter):
    """Without them it would be another code, or all."""
    path = PROJECT_DIR / "queries" / f"{name}.sql"
    for text in ("85o5 11", "", "abc"):
        published.execute(f"set variable {parameter} = '{text}'")
        with pytest.raises(duckdb.Error, match=f"{parameter} {text}: a code of customs has"):
            published.execute(path.read_text()).fetchall()


def test_the_command_line_runs_as_installed(full_build):
    """`chokepoint` is beside the Python that runs the tests, as `make` installs it."""
    executable = Path(sys.executable).with_name("chokepoint")
    assert executable.exists()
    done = ran(executable, "--help")
    for command in ("build", "land", "validate", "publish", "status", "query"):
        assert command in done.stdout

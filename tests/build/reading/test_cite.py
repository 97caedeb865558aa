"""What is taken from the site: pictures, described data, citations, charts on other pages."""

import csv
import hashlib
import html
import json
import re
import struct
import xml.etree.ElementTree as ET
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from chokepoint.site import cite
from chokepoint.site.builder import Edition, build_site
from chokepoint.site.site import query_file

ADDRESS = "https://example.org/chokepoint"
CHART = "data/products/850511-imports"


@pytest.fixture(scope="module")
def described(folder) -> dict[str, dict]:
    """Every description of a CSV, by the path of the CSV without its ending."""
    return {
        path.relative_to(folder).as_posix().removesuffix(".resource.json"): json.loads(
            path.read_text("utf-8")
        )
        for path in folder.rglob("*.resource.json")
    }


def test_every_csv_has_a_neighbour_that_describes_it(folder, described):
    files = {
        path.relative_to(folder).as_posix().removesuffix(".csv")
        for path in (folder / "data").rglob("*.csv")
    }
    assert files == set(described)
    assert len(files) > 300
    for name, resource in described.items():
        path = folder / f"{name}.csv"
        raw = path.read_bytes()
        assert resource["path"] == path.name
        assert resource["bytes"] == len(raw)
        assert resource["hash"] == f"sha256:{hashlib.sha256(raw).hexdigest()}"
        header = next(csv.reader(raw.decode().splitlines()))
        assert [field["name"] for field in resource["schema"]["fields"]] == header, name
        assert resource["asOf"] == "2026-11-26"
        assert resource["release"].startswith("build 20")
        home = (path.parent / resource["page"]).resolve()
        assert home.is_file(), name
        assert f'data-file="{name}"' in home.read_text("utf-8"), name
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"]), "a name as data packages have it"


def test_types_are_those_of_the_values(folder, described):
    kinds = {
        "integer": r"-?\d+", "number": r"-?\d+(\.\d+)?(e[-+]?\d+)?", "date": r"\d{4}-\d\d-\d\d",
        "boolean": "true|false",
    }  # fmt: skip
    for name, resource in described.items():
        rows = list(csv.DictReader((folder / f"{name}.csv").read_text("utf-8").splitlines(True)))
        for field in resource["schema"]["fields"]:
            pattern = kinds.get(field["type"])
            for row in rows if pattern else ():
                value = row[field["name"]]
                assert not value or re.fullmatch(pattern, value), (name, field, value)


def test_each_file_names_queries_sources_and_terms(folder, described):
    for name, resource in described.items():
        path = folder / f"{name}.csv"
        assert resource["queries"], f"{name}: add it to chokepoint/site/figures.csv"
        for query in resource["queries"]:
            assert (path.parent / query).resolve().is_file(), (name, query)
        # What tells of checks and of the dictionary is made from no source.
        if not name.startswith(("data/health/", "data/definitions/")):
            assert resource["sources"], name
            assert resource["licenses"], name
    imports = described[CHART]
    assert {source["title"].partition(",")[0] for source in imports["sources"]} == {"CEPII (BACI)"}
    assert all(licence["title"] for licence in imports["licenses"])


def test_the_table_of_queries_names_what_there_is_and_nothing_else(described):
    with (cite.HERE / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {name.removeprefix("data/") for name in described}
    # An empty table writes no file, and pages of own rows are in the private site alone.
    empty = {"law-rival-claims", "health/skipped", "health/quarantined", "exposure/*-products",
             "changes/revised"}  # fmt: skip
    for row in rows:
        for query in row["queries"].split():
            assert query_file(query).is_file(), row
        if not row["file"].startswith("own/") and row["file"] not in empty:
            assert any(fnmatchcase(name, row["file"]) for name in names), row


def test_every_chart_is_a_picture_and_a_page_of_its_own(folder):
    svgs = sorted((folder / "data").rglob("*.svg"))
    assert len(svgs) > 150
    for path in svgs:
        text = path.read_text("utf-8")
        root = ET.fromstring(text)
        assert not re.search(r"var\(|NaN|undefined", text), path
        said = " ".join("".join(node.itertext()) for node in root.iter() if node.text)
        assert "Source: " in said, path
        assert "As of" in said or "release" in said, path
        raw = path.with_suffix(".png").read_bytes()
        width, height = struct.unpack(">II", raw[16:24])
        assert raw.startswith(b"\x89PNG")
        assert width == pytest.approx(1.5 * float(root.get("width")), abs=2)
        assert height == pytest.approx(1.5 * float(root.get("height")), abs=2)
        page = path.with_suffix(".html").read_text("utf-8")
        assert page.count('class="spec"') == 1, path
        assert "connect-src 'none'" in page
        assert "<nav" not in page


def test_invented_rows_are_called_so_in_the_picture(folder):
    pictures = [path.read_text("utf-8") for path in folder.rglob("licences/synthetic-*.svg")]
    assert pictures
    assert all("hatched rows are invented" in text for text in pictures)


def test_a_chart_is_cited_with_release_day_source_and_address(folder):
    text = (folder / "products" / "850511.html").read_text("utf-8")
    cited = re.search(r'<details class="cite">.*?<p>(.*?)</p>', text, re.DOTALL)[1]
    assert "(850511): China supplied" in cited
    assert "Chokepoint, build 20" in cited
    assert "as of 26 November 2026. Source: CEPII (BACI)" in cited
    assert cited.endswith(f"{ADDRESS}/products/850511.html#850511-imports")
    load = html.unescape(re.search(r'<span class="code load">(.*?)</span>', text)[1])
    sql = load.removeprefix('duckdb.sql("').removesuffix('")')
    assert sql == f"from read_csv('{ADDRESS}/{CHART}.csv')"
    assert len(duckdb.sql(sql.replace(ADDRESS, str(folder))).fetchall()) > 15
    assert f"&lt;iframe src=&#34;{ADDRESS}/{CHART}.html&#34;".replace("&#34;", '"') in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"release": "2026.11.0"}, "--output"),
        ({"release": "2026.11.0", "output": Path("x")}, "There is no release '2026.11.0'"),
        ({"address": "javascript:alert(1)"}, "no address of a web site"),
    ],
)
def test_what_cannot_be_written_is_named(tmp_path, more, said):
    with pytest.raises(ChokepointError) as caught:
        build_site(Settings(data_dir=tmp_path), Edition(**more))
    assert said in str(caught.value)


def test_a_search_engine_meets_each_chart_as_a_dataset(folder):
    """schema.org: what it is called, made from, and where its rows are."""
    page = (folder / "materials" / "gallium.html").read_text(encoding="utf-8")
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert len(found) >= 3
    for text in found:
        data = json.loads(text)
        address = data["distribution"]["contentUrl"]
        assert (folder / address.removeprefix("https://example.org/chokepoint/")).is_file()
        assert data["@type"] == "Dataset"
        assert data["name"]
        assert data["isBasedOn"]

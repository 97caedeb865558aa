"""The private site shows the firm its rows; what is passed on knows nothing of them. The first case
is the same in answer and site; the authority's sheet holds what was chosen alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path

import duckdb
import own_rows
import pytest
from browser import Visit, browse
from build_kit import run_cli
from own_rows import MARK

from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings
from chokepoint.site.builder import Edition, build_site

DAY = dt.date(2026, 11, 26)


@pytest.fixture(scope="module")
def own_graph(own_build) -> Path:
    """Own graph, orders, scenario and register of licences, and a workbook."""
    return own_build.data_dir


@pytest.fixture(scope="module")
def said(own_graph, small_environment):
    done = run_cli(
        "dashboard", "--private", "--no-pictures", "--as-of", f"{DAY}", data_dir=own_graph,
        **small_environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def private_site(own_graph, said) -> Path:
    return own_graph / "private" / "site"


@pytest.fixture(scope="module")
def public_sites(small_build, own_graph, tmp_path_factory) -> dict[Path, Path]:
    """The public site of the build without own rows, and of the one with them."""
    folder = tmp_path_factory.mktemp("public")
    return {
        data_dir: build_site(
            Settings(data_dir=data_dir),
            Edition(DAY, folder / str(number), pictures=False, sql=False),
        ).path
        for number, data_dir in enumerate((small_build.data_dir, own_graph))
    }


def words_of(path: Path) -> str:
    text = re.sub(r"<script.*?</script>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\xa0", " ").split())


def test_nobody_else_can_read_the_private_site(private_site, own_graph):
    everything = [private_site, *private_site.rglob("*")]
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in everything}
    assert modes == {(True, 0o700), (False, 0o600)}
    assert (own_graph / "private").stat().st_mode & 0o777 == 0o700


def test_each_page_says_that_it_is_private_and_asks_nobody(private_site):
    pages = sorted(private_site.rglob("*.html"))
    assert len(pages) > 50
    for path in pages:
        text = path.read_text("utf-8")
        assert re.search(r"<title>Private · .+ · Chokepoint</title>", text), path
        assert "<strong>Private.</strong> These pages hold rows of your own firm." in text, path
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
        assert "connect-src 'none'" in policy, path
        assert "default-src 'none'" in policy, path
        assert '<meta name="robots" content="noindex' in text, path
        assert not re.search(r"<(iframe|object|embed|form action)|application/(rss|atom)", text)
    assert not list(private_site.rglob("*.xml"))
    assert not list(private_site.rglob("*.wasm"))


def test_it_has_every_public_page_and_the_firm_s_own(private_site, own_graph, public_sites):
    public = public_sites[own_graph]
    names = {path.relative_to(public) for path in public.rglob("*.html")}
    private = {path.relative_to(private_site) for path in private_site.rglob("*.html")}
    assert private - names == {Path("own.html")}
    # SQL on own rows would need a web server, which any program of the machine could ask.
    assert names - private == {Path("sql.html")}


def test_the_own_page_shows_parts_products_paths_and_scenarios(private_site, own_graph):
    text = words_of(private_site / "own.html")
    assert f"{MARK} motor" in text
    assert "is the first product to lack a part" in text
    # Before all else each part that the firm holds or buys, in a bill of materials or not.
    assert text.index("Parts, first to run out first") < text.index("Cases in order")
    with duckdb.connect(str(own_graph / "private" / "chokepoint.duckdb"), read_only=True) as con:
        (held,) = con.execute(
            "select list(distinct part_id) from (select part_id from marts.fct_stock_cover"
            " where graph_origin = 'own' union all select part_id from marts.dim_exposure_part"
            " where data_origin = 'own' and part_kind <> 'final')"
        ).fetchone()
    with (private_site / "data" / "own" / "parts.csv").open(encoding="utf-8") as file:
        shown = list(csv.DictReader(file))
    assert {row["part_id"] for row in shown} == set(held) != set()
    assert all(row["stock_out_date_p10"] or row["missing"] for row in shown)
    assert f"{MARK} stops" in text, "the own scenario"
    assert "days earlier" in text
    assert "€" in text
    assert f"{MARK}-case" in text
    # Who makes the dysprosium is unknown, which is not nobody.
    assert f"{MARK} dysprosium" in text
    assert "no supplier is listed" in text


def without_the_run(text: str, told: str) -> list[str]:
    """The rows of a page or table that are not about the run; `told` is what others say of it."""
    rows = re.split(r"\n(?=\S|  <tr )", re.sub(told, "", text))
    return [row for row in rows if "From written by publishing" not in row]


def test_own_rows_change_no_byte_of_what_is_passed_on(public_sites):
    """The content hash, and every file of the public site but for what tells of the run: release,
    time, commit, and the examples of tables that publishing writes about it."""
    told_of_the_run = {
        "dictionary.resource.json", "health.html", "checks.csv", "checks.resource.json",
        "skipped.csv", "skipped.resource.json",
    }  # fmt: skip
    hashes, sites = [], []
    for data_dir, folder in public_sites.items():
        settings = Settings(data_dir=data_dir)
        with duckdb.connect(str(settings.published_path), read_only=True) as con:
            release, built_at, content, commit = con.execute(
                "select release_id, built_at, content_hash, git_commit from meta.build"
            ).fetchone()
        hashes.append(content)
        sites.append(
            {
                path.relative_to(folder): without_the_run(
                    path.read_text("utf-8"),
                    rf"{release}|{built_at:%H:%M}(:\d\d\.\d+)?|{str(commit)[:12]}|DTSTAMP:\w+",
                )
                for path in folder.rglob("*")
                # The checksum of the dictionary, which has those examples; what checks of own rows
                # found, which count as skipped.
                if path.is_file() and path.name not in told_of_the_run
            }
        )
        assert own_rows.places_of_mark(folder) == set()
    assert hashes[0] == hashes[1]
    assert sites[0].keys() == sites[1].keys()
    assert [name for name, text in sites[0].items() if text != sites[1][name]] == []


def test_it_is_never_written_among_what_is_passed_on(own_graph, tmp_path):
    settings = Settings(data_dir=own_graph)
    for folder in (settings.published_dir / "site", settings.numbered_dir / "1" / "site"):
        with pytest.raises(ChokepointError, match=r"(?s)which is passed on.*--output"):
            build_site(settings, Edition(DAY, folder, private=True))


def test_the_command_says_where_it_is_and_whose(own_graph, said):
    assert str(own_graph / "private" / "site" / "index.html") in said.stdout
    assert "not for passing on" in said.stderr


def test_the_own_page_is_readable_on_a_phone_and_in_the_dark(private_site):
    visits = [
        Visit("own.html", width=width, scheme=scheme, axe=True, keys=width > 1000)
        for width, scheme in ((390, "light"), (1280, "dark"))
    ]
    for visit in browse(private_site, visits)["visits"]:
        where = f"{visit['width']} wide, {visit['scheme']}"
        assert not visit["console"], (where, visit["console"])
        assert not visit["leaving"], (where, visit["leaving"])
        assert visit["scroll_width"] <= visit["seen_width"], where
        assert not visit["too_wide"], (where, visit["too_wide"])
        serious = [v for v in visit["violations"] if v["impact"] in ("serious", "critical")]
        assert not serious, (where, serious)
        assert visit["drawn"], where
        assert sum(not chart["empty"] for chart in visit["charts"]) >= 3, where
        if visit["keyboard"]:
            assert not visit["keyboard"]["missed"], where


# --- the workbook ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cases(own_graph) -> list[dict]:
    asked = run_cli(
        "query", "a16", "--private", "--graph", "firm", "--format", "json", data_dir=own_graph
    )
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


def test_cases_are_ranked_or_say_what_they_lack(cases):
    ranked = [row for row in cases if row["listed_as"] == "ranked"]
    assert [row["case_rank"] for row in ranked] == [1, 2, 3]
    assert ranked[0]["case_id"] == "F-1"
    (other,) = [row for row in cases if row["listed_as"] != "ranked"]
    assert other["case_id"] == "F-3"
    assert "standstill_eur_per_day" in other["enter"]


def test_the_private_site_shows_the_same_order(cases, private_site):
    page = private_site / "own.html"
    text = words_of(page)
    listed = text[text.index("Cases in order") :]
    wanted = [row["case_id"] for row in cases]
    places = [listed.index(name) for name in wanted]
    assert places == sorted(places), wanted
    assert (private_site / "data" / "own" / "cases-in-order.csv").is_file()
    (marks,) = re.findall(r'"points": (\[[^]]*\])', page.read_text("utf-8"))
    waited = [mark["day"] for mark in json.loads(marks)]
    assert waited == sorted(waited, reverse=True) != []


def test_the_sheet_holds_what_was_chosen(cases, own_graph, tmp_path):
    path = tmp_path / "sheet.csv"
    done = run_cli(
        "cases", "--sheet", "csv", "--fields", "material,filed_date", "--authority", "MOFCOM",
        "--output", str(path), "--yes", data_dir=own_graph,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    assert rows[0] == ["application_id", "material", "filed_date"]
    filed = [row["application_id"] for row in cases if row["application_id"]]
    assert [row[0] for row in rows[1:]] == filed
    assert "F-1" not in path.read_text("utf-8-sig"), "the firm's own name of a case is no field"


def test_nothing_of_the_firm_is_passed_on(own_graph):
    for path in (own_graph / "published").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"MAG-12" not in content, path
            assert b"ACME Antriebe" not in content, path


def test_without_a_private_copy_there_is_a_remedy(full_build, tmp_path):
    data_dir = tmp_path / "data"
    (data_dir / "published").mkdir(parents=True)
    (data_dir / "published" / "chokepoint.duckdb").symlink_to(full_build.published)
    done = run_cli("dashboard", "--private", data_dir=data_dir)
    assert done.returncode == 2
    assert "There is no private copy" in done.stderr
    assert "land your tables" in done.stderr
    assert not (data_dir / "private" / "site").exists()

"""The static site: it says what the file says, opens from a folder, and stays whole."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import html
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import duckdb
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.releases.csv_cells import copy_csv, csv_text, safe_cell
from chokepoint.settings import Settings
from chokepoint.site import builder as site_module
from chokepoint.site import specs, words
from chokepoint.site.builder import Edition, build_site
from chokepoint.site.pages import products
from chokepoint.site.subjects import law
from chokepoint.site.subjects.goods import goods

DAY = dt.date(2026, 11, 26)
SCRIPT = "<script>alert(1)</script>"
FORMULA = "=cmd|' /C calc'!A0"


class Reader(HTMLParser):
    """Addresses, ids, headings, tables without caption, and the text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.levels: list[int] = []
        self.tags: list[str] = []
        self.specs: list[dict] = []
        self.text = ""
        self._in = ""
        self._spec = False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list) -> None:
        found = dict(attrs)
        self._in = tag
        self._spec = tag == "script" and found.get("class") == "spec"
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.levels += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        if tag == "a":
            self.addresses.append(found["href"])
        elif tag in ("script", "img", "iframe", "link") and ("src" in found or "href" in found):
            self.loaded.append(found.get("src") or found.get("href"))

    def handle_endtag(self, tag: str) -> None:
        self._in, self._spec = "", False

    def handle_data(self, data: str) -> None:
        if self._spec:
            self.specs.append(json.loads(data))
        elif self._in not in ("script", "style"):
            self.text += data


def make(source: Path, folder: Path, **more):
    """Build the site of a published file; the file is not touched."""
    data = folder / "data"
    (data / "published").mkdir(parents=True)
    (data / "published" / "chokepoint.duckdb").symlink_to(source)
    edition = Edition(**{"as_of": DAY, "pictures": False, "sql": False, **more})
    return build_site(Settings(data_dir=data), edition).path


@pytest.fixture
def only(monkeypatch):
    """Write these pages alone, without feeds and without the library that draws."""

    def only(*pages):
        parts = tuple(part for part in site_module.PAGES if part[0].removesuffix(".html") in pages)
        monkeypatch.setattr(site_module, "PAGES", parts)
        monkeypatch.setattr(site_module.feeds, "write_all", lambda _: {})
        monkeypatch.setattr(site_module, "vega_bundle", str)

    return only


@pytest.fixture(scope="module")
def pages(folder):
    """Every page of it, read; charts to embed, which are below data/, apart."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*.html")]
    return {name: Reader(folder / name) for name in names if not name.startswith("data/")}


@pytest.fixture(scope="module")
def damaged(full_build, tmp_path_factory):
    """The site of a file with an empty mart, a failed check, a lost table and hostile titles."""
    path = tmp_path_factory.mktemp("damaged") / "chokepoint.duckdb"
    shutil.copyfile(full_build.published, path)
    with duckdb.connect(str(path)) as con:
        con.execute("delete from marts.fct_import_weights")
        con.execute("delete from marts.fct_partner_shares")
        con.execute("delete from marts.fct_import_concentration")
        con.execute("delete from marts.bridge_measure_destinations where measure_id = 'CN-2023-23'")
        con.execute("drop table marts.fct_licence_claims cascade")
        con.execute("update meta.build set built_at = timestamp '2026-01-02 03:04:05'")
        con.execute(
            "insert into meta.check_results by name select 'fct_x__is_broken' as check_name,"
            " 'marts.fct_x' as relation, 'dbt' as layer, 'dbt' as engine, 'error' as severity,"
            " 'fail' as status, 'why' as reason"
        )
        for relation in ("dim_measure", "fct_measure_states", "fct_scenario_measure_states"):
            con.execute(
                f"update marts.{relation} set title = ? where measure_id = 'CN-2025-18'", [SCRIPT]
            )
            con.execute(
                f"update marts.{relation} set title = ? where measure_id = 'CN-2025-57'", [FORMULA]
            )
            con.execute(
                f"update marts.{relation} set source_url = 'javascript:alert(1)'"
                " where measure_id = 'CN-2025-18'"
            )
        con.execute(
            "update marts.dim_product set product_name = ? where product_code = '850511'", [SCRIPT]
        )
    return make(path, tmp_path_factory.mktemp("damaged-site"))


def test_every_page_says_its_day_and_its_release(pages, full_build):
    with full_build.connect() as con:
        (release,) = con.execute("select release_id from meta.build").fetchone()
    assert len(pages) > 150
    for path, page in pages.items():
        text = " ".join(page.text.split(" "))
        assert f"As of {words.day(DAY)}. Release {release}, built" in text, path


def test_links_lead_somewhere(folder, pages):
    """A link into the void is met first by the reader who wants to check a figure."""
    ids = {path: set(page.ids) for path, page in pages.items()}
    for path, page in pages.items():
        for address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme:
                assert parts.scheme in ("http", "https"), (path, address)
                continue
            target = (folder / path).parent / unquote(parts.path) if parts.path else folder / path
            assert target.is_file(), (path, address)
            if parts.fragment:
                name = target.resolve().relative_to(folder.resolve()).as_posix()
                assert parts.fragment in ids[name], (path, address)


def test_nothing_is_loaded_from_elsewhere(folder, pages):
    for path, page in pages.items():
        for address in page.loaded:
            assert not urlsplit(address).scheme or address == "data:,", (path, address)
            assert address == "data:," or ((folder / path).parent / address).is_file()
    assert "http" not in (folder / "static" / "site.css").read_text("utf-8")
    assert not re.search(r"https?:", (folder / "static" / "site.js").read_text("utf-8"))


def test_structure_is_what_a_screen_reader_needs(pages):
    for path, page in pages.items():
        assert page.levels.count(1) == 1, path
        assert all(b - a <= 1 for a, b in zip(page.levels, page.levels[1:], strict=False)), path
        assert page.tags.count("table") == page.tags.count("caption"), path
        assert len(page.ids) == len(set(page.ids)), path
        assert page.tags.count("main") == 1, path


@pytest.fixture(scope="module")
def importers(table):
    """Rows of the overview by importer, as its CSV has them."""
    return {row["importer"]: row for row in table("overview-importers")}


def test_overview_has_the_largest_supplier_of_each_material(table, published):
    """Share and change are those of the mart, of one code, series and year."""
    rows = table("overview-materials")
    shares = published.sql(
        """
        select
            latest.product_code as code, latest.period, country_name as supplier,
            latest.value_share as share,
            100 * (latest.value_share - before.value_share) as change,
            'since ' || before.period as since,
        from marts.fct_partner_shares as latest
        inner join marts.dim_trade_source as sources using (source_id)
        inner join marts.dim_country on partner_iso3 = country_iso3
        left join (
            from marts.fct_partner_shares inner join marts.dim_trade_source using (source_id)
        ) as before
            on before.period >= '2015' and before.series_id = sources.series_id
                and before.product_code = latest.product_code
                and before.partner_iso3 = latest.partner_iso3
                and before.reporter_code = 'EU27' and before.supplier_scope = 'extra_eu'
        where latest.reporter_code = 'EU27' and latest.supplier_scope = 'extra_eu'
            and latest.supplier_rank = 1
        """
    )
    for row in rows:
        found = shares.filter(
            "code = '{code}' and period = '{period}' and abs(share - {share}) < 1e-9".format(**row)
        )
        if row["change"]:
            condition = "since = '{since}' and abs(change - {change}) < 1e-6".format(**row)
            found = found.filter(condition)
        assert row["supplier"] in {supplier for (supplier,) in found.select("supplier").fetchall()}
    order = [(row["doubt"], -float(row["share"])) for row in rows]
    assert order == sorted(order)
    assert sum(bool(row["change"]) for row in rows) > 30
    listed = {
        code
        for (code,) in published.execute(
            """
            select coverage.product_code
            from marts.bridge_product_coverage as coverage
            semi join (
                from reports.listed_codes('EU27', null, date '2026-11-26', date '2026-11-26')
            ) as listed using (measure_id, clause_id)
            """
        ).fetchall()
    }
    for row in (row for row in rows if row["state"]):
        assert ("no list has this code" not in row["restricted_by"]) == (row["code"] in listed), row


def test_a_material_is_told_by_the_goods_that_hold_it_best(table, published):
    """Reckoned here: a subheading and the CN code that is the whole of it are the same goods."""
    holds, imports = {}, {}
    for material, code, match in published.execute(
        "select material, product_code, match_quality from marts.bridge_material_products"
        " inner join marts.dim_material using (material) where member_names is null"
    ).fetchall():
        rank = ["exact", "dominant", "shared", "proxy"].index(match)
        key = (material, code.removesuffix("00")) if len(code) == 8 else (material, code)
        holds[key] = min(rank, holds.get(key, rank))
    for code, *source in published.execute(
        """
        select product_code, coverage is not null, source_rank, top_supplier_value_share,
            import_value_eur, product_code
        from marts.fct_import_concentration as of_year
        inner join marts.dim_trade_source using (source_id)
        where reporter_code = 'EU27' and supplier_scope = 'extra_eu'
            and of_year.frequency = 'annual' and period = '2024'
            and (source_id, product_code, period) not in (
                select (source_id, product_code, period) from marts.fct_source_agreement
                where reporter_code = 'EU27' and is_passed_over
            )
        """
    ).fetchall():
        imports.setdefault(code.removesuffix("00") if len(code) == 8 else code, []).append(source)
    told = {row["material"]: row for row in table("overview-materials")}
    for name in {material for material, _ in holds} & told.keys():
        row = told[name]
        rank, _, goods = min(
            (rank, -max(value for *_, value, _ in imports[goods]), goods)
            for (material, goods), rank in holds.items()
            if material == name and goods in imports
        )
        *_, share, _, code = min(imports[goods])
        assert row["code"] == code, row
        assert float(row["share"]) == pytest.approx(share), row
        in_short = words.LABELS["match_in_short"].values()
        assert row["holds"].endswith(tuple(f"; {text}" for text in in_short if text)) == (rank > 0)


def test_overview_says_of_how_many_codes_a_sum_is(table, pages, importers, published):
    """Beside the figures of a member stand those of the EU27, under its name."""
    places = {"EU27": "EU27", "Germany": "DEU", "Malta": "MLT", "Japan": "JPN"}
    found = {
        place: published.execute(
            "select headline, high_of_codes_with_figures from reports.trade_totals("
            "?, null, date '2026-11-26', date '2026-11-26') where state = 'in_force'", [code]
        ).fetchone()
        for place, code in places.items()
    }  # fmt: skip
    headlines = {place: headline for place, (headline, _) in found.items()}
    assert len(set(headlines.values())) == 4
    text = " ".join(pages["index.html"].text.split())
    own = f" Imports of the EU27 under measures in force. {headlines['EU27']}"
    assert f"EU imports under measures in force. {headlines['EU27']}" in text
    for place, headline in headlines.items():
        assert importers[place]["headline"] == headline
        if place != "EU27":
            said = f"Imports of {place} under measures in force. {headline}"
            assert said in text
            assert (said + own in text) == (place != "Japan")
    (row,) = (row for row in table("overview-trade-by-state") if row["label"] == "In force")
    assert float(row["value_eur_high"]) == pytest.approx(float(found["EU27"][1]))


def test_a_restriction_without_a_destination_is_neither_ours_nor_others():
    row = dict.fromkeys(law.LANE, "x") | {
        "standing": "law", "is_disputed": False, "claim_group": "base",
    }  # fmt: skip
    reached = {"USA": [], "EU27": ["EU27", "DEU"]}
    states = [
        row | {"measure_id": measure, "destination": place, "state": state, "state_rank": rank}
        for measure, place, state, rank in (
            ("both", "USA", "in_force", 1),
            ("both", "EU27", "suspended", 5),
            ("theirs", "USA", "in_force", 1),
            ("open", "USA", "in_force", 1),
            ("open", "nobody knows", "in_force", 1),
            ("rival", "USA", "in_force", 1),
        )
    ]
    # A rival reading does not make a restriction reach anybody.
    states.append(states[-1] | {"destination": "EU27", "claim_group": "b/B"})
    addressed = [state | {"importers": reached.get(state["destination"])} for state in states]
    found = law.for_importer(addressed, "DEU")
    assert [[m["measure_id"] for m in part] for part in found] == [
        ["both"],
        ["theirs", "rival"],
        ["open"],
    ]
    assert found[0][0]["state"] == "suspended", "in force for others only"


def test_each_file_says_where_its_rows_are_from(folder):
    """A synthetic sample leaves by no file without a label."""
    origins = {}
    for path in (folder / "data").rglob("*.csv"):
        with path.open(newline="") as file:
            origins[path.relative_to(folder / "data").as_posix()] = {
                row["data_origin"] for row in csv.DictReader(file)
            }
    assert all(found and "" not in found for found in origins.values())
    of_samples = {
        name for name in origins if name.startswith(("exposure/sample-", "licences/synthetic"))
    }
    assert {name.partition("/")[0] for name in of_samples} == {"exposure", "licences"}
    assert all(origins[name] == {"synthetic"} for name in of_samples)


def test_product_page_has_the_figures_of_the_mart(table, full_build):
    with full_build.connect() as con:
        expected = con.execute(
            "select import_value_eur from marts.fct_partner_shares where reporter_code = 'EU27'"
            " and supplier_scope = 'extra_eu' and source_id = 'baci_hs17_bilateral'"
            " and product_code = '850511' and period = '2024' and partner_iso3 = 'CHN'"
        ).fetchone()[0]
    rows = table("products/850511-imports")
    (china,) = (r for r in rows if r["period"] == "2024" and r["partner"] == "China")
    assert float(china["import_value_eur"]) == pytest.approx(expected)
    by_year = {}
    for row in rows:
        by_year[row["period"]] = by_year.get(row["period"], 0) + float(row["value_share"])
    assert all(total == pytest.approx(1, abs=0.002) for total in by_year.values())
    ways = [(row["product_code"], row["match_basis"]) for row in table("products/850511-law")]
    assert len(set(ways)) == len(ways) > 2


def test_a_chart_says_when_its_figures_came_and_when_newer_ones_are_expected(pages, published):
    for path, source in (("850511", "baci_hs17_bilateral"), ("811292", "comext_cn8_imports")):
        received, due = published.execute(
            "select known_on, stale_after from meta.freshness where source_id = ?", [source]
        ).fetchone()
        is_late = due < dt.date(2026, 11, 26)
        coming = f"an edition due by {words.day(due)} is missing"
        coming = coming if is_late else f"next expected by {words.day(due)}"
        said = f"Received {words.day(received)}, {coming}."
        text = " ".join(pages[f"products/{path}.html"].text.split())
        assert " ".join(said.split()) in text, path
    # Of an input that no producer renews nothing is promised.
    assert "next expected by ." not in text


def test_sources_that_disagree_are_named_wherever_a_figure_of_theirs_is(pages, full_build):
    """One figure has one value, or each its source, on all pages of products; the precedence is
    read from the marts."""
    with full_build.connect() as con:
        disagreeing = con.execute(
            """
            with ranked as (
                select
                    agreed.*,
                    sources.source_name,
                    others.source_name as other_name,
                    row_number() over (
                        partition by agreed.product_code
                        order by agreed.period desc, agreed.is_passed_over, sources.source_rank
                    ) as place,
                from marts.fct_source_agreement as agreed
                inner join marts.dim_trade_source as sources using (source_id)
                inner join marts.dim_trade_source as others
                    on agreed.other_source_id = others.source_id
                where agreed.reporter_code = 'EU27' and agreed.period <= '2025'
            )
            select
                product_code, period, source_name, other_name, top_supplier_value_share,
                other_top_supplier_value_share,
            from ranked
            qualify source_name = first_value(source_name) over (
                partition by product_code order by place
            ) and period = max(period) over (partition by product_code)
            and (
                verdict = 'conflict'
                or verdict <> 'agree' and (
                    top_supplier_iso3 <> other_top_supplier_iso3
                    or abs(top_supplier_value_share - other_top_supplier_value_share) > 0.05
                )
            )
            """
        ).fetchall()
    assert {"711021", "750210"} <= {product for product, *_ in disagreeing}
    for product, year, name, other, share, other_share in disagreeing:
        page = pages[f"products/{product[:6]}.html"]
        by = rf"(That is by {name} \(|By {name} it is )"
        lead = re.search(rf"In {year} the EU imported [^\n]*{by}[^\n]*", page.text)
        assert lead, (product, name)
        assert other in lead[0], (product, other)
        assert words.percent(share, 0) in lead[0], product
        assert words.percent(other_share, 0) in lead[0], product


def test_what_a_source_contradicts_proves_nothing_on_the_overview(full_build, tmp_path, only):
    """It has no change, is in no count, and the figure of the other source is beside it."""
    only("index")
    path = tmp_path / "chokepoint.duckdb"
    shutil.copyfile(full_build.published, path)
    with duckdb.connect(str(path)) as con:
        con.execute(
            "update marts.fct_source_bounds set agreement = 'sources_disagree'"
            " where reporter_code = 'EU27' and product_code = '250410' and period = '2024'"
        )
    folder = make(path, tmp_path)
    with (folder / "data" / "overview-materials.csv").open(encoding="utf-8", newline="") as file:
        (row,) = (row for row in csv.DictReader(file) if row["material"] == "Graphite")
    assert (row["doubt"], row["change"]) == ("sources disagree", "")
    assert "Comext CN8 imports by year has at least EUR" in row["holds"]
    assert "Left out: one material on which sources disagree" in Reader(folder / "index.html").text


def fields(part) -> tuple[set[str], set[str]]:
    """Fields that a spec reads, and those its transforms make."""
    read: set[str] = set()
    made: set[str] = set()
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if key == "datasets":
            continue
        if key == "field" and isinstance(value, str):
            read.add(value)
        elif key == "as":
            made |= {value} if isinstance(value, str) else set(value)
        elif isinstance(value, dict | list):
            more_read, more_made = fields(value)
            read, made = read | more_read, made | more_made
    return read, made


def test_charts_read_fields_that_their_rows_have(pages):
    """A field misspelt makes an empty plot, and no error anywhere."""
    assert len(pages["index.html"].specs) >= 2
    assert len(pages["products/850511.html"].specs) == 4
    for path, page in pages.items():
        for spec in page.specs:
            assert spec["datasets"]["rows"], path
            read, made = fields(spec)
            there = {key for rows in spec["datasets"].values() for row in rows for key in row}
            assert read - made <= there, (path, read - made - there)


def domains(part) -> set[tuple[str, tuple]]:
    """(field, domain) of the scales that a spec fixes."""
    found = set()
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if key == "scale" and "domain" in value and "field" in part:
            found.add((part["field"], tuple(value["domain"])))
        elif key != "datasets" and isinstance(value, dict | list):
            found |= domains(value)
    return found


def test_what_charts_draw_lies_in_the_domains_that_they_fix(pages):
    """What does not has no colour or no place, and no error anywhere."""
    seen = set()
    for spec in (spec for page in pages.values() for spec in page.specs):
        rows = [row for rows in spec["datasets"].values() for row in rows]
        for field, domain in domains(spec):
            values = {row[field] for row in rows if row.get(field) is not None}
            outside = values - set(domain)
            if not isinstance(domain[0], str):
                low, high = domain[0] - 1e-9, domain[1] + 1e-9
                outside = {value for value in values if not low <= value <= high}
            assert not outside, (spec.get("title"), field)
            seen.add((field, domain))
    files = specs.FOLDER.glob("*.vl.json")
    fixed = {one for file in files for one in domains(specs.read(file.name.split(".")[0]))}
    # Days are as long as the data are: pages put their own end in.
    assert {field for field, _ in fixed - seen} <= {"day", "state"}, "of the law nothing is drawn"
    assert len(seen) >= 12


def test_the_first_page_is_light(folder):
    page = (folder / "index.html").read_text("utf-8")
    files = {"index.html", *re.findall(r'(?:src|<link [^>]*href)="(static/[^"]+)"', page)}
    assert f"static/{site_module.BUNDLE}" in files
    assert sum(len(gzip.compress((folder / name).read_bytes())) for name in files) < 1_000_000


def test_another_day_has_the_knowledge_of_that_day(full_build, tmp_path, only):
    """On 1 November 2025 nobody knew of the suspension that came six days later."""
    only("index", "law")
    folder = make(full_build.published, tmp_path, as_of=dt.date(2025, 11, 1))
    measure = " ".join(Reader(folder / "law" / "cn-2025-57.html").text.split())
    assert "announced since" in measure
    assert "uspended" not in measure
    overview = " ".join(Reader(folder / "index.html").text.split())
    assert "looks back" in overview
    with full_build.connect() as con:
        (made,) = con.execute(
            "select count(distinct commitment_id) from marts.fct_commitment_scorecard"
            " where known_from <= date '2025-11-01' and made_on <= date '2025-11-01'"
        ).fetchone()
    assert f"of {words.count(made, 'promise')} between governments" in overview


def test_before_anything_was_known_nothing_is_denied(full_build, tmp_path, only):
    """A day without knowledge is not a day without law."""
    only("index", "materials", "products", "law", "scorecard", "exposure", "search")
    folder = make(full_build.published, tmp_path, as_of=dt.date(1990, 1, 1))
    with full_build.connect() as con:
        (held,) = con.execute(
            "select count(distinct measure_id) from marts.fct_measure_states"
            " where measure_id not in"
            " (select act_id from marts.dim_act where standing = 'relief')"
        ).fetchone()
        (built,) = con.execute("select cast(built_at as date) from meta.build").fetchone()
    said = (
        "No export restriction was known by 1 January 1990, though the release holds"
        f" {held} export restrictions; the first became known on"
    )
    texts = {
        page: " ".join(Reader(folder / f"{page}.html").text.split())
        for page in (
            "index", "products", "law", "materials", "materials/gallium", "scorecard", "exposure",
        )
    }  # fmt: skip
    for page, times in {"index": 1, "products": 1, "law": 2, "materials": 1}.items():
        assert texts[page].count(said) == times, page
    for page, denied in (
        ("index", "0 in force|Nothing ends|falls under a measure|no open question|holds no"),
        ("products", "none"), ("materials", "none recorded"),
        ("materials/gallium", "no restriction on goods recorded"),
        # Words about a chart that is not there.
        ("scorecard", "as a percentage of the baseline"),
        ("exposure", "no controlled supplier listed"),
    ):  # fmt: skip
        assert not re.search(denied, texts[page]), page
    assert "The Critical Raw Materials Act was not in force" in texts["materials/gallium"]
    assert "There is nothing to show" in texts["scorecard"]
    # Of what does not follow the day, a page says so.
    release = f"the release of {built.day} {built:%B} {built.year}"
    assert f"Supply links and stock are as of {release}, not of that day." in texts["exposure"]


def test_a_file_without_law_says_what_it_lacks(tmp_path, only):
    """A foreign or older file proves nothing about the law."""
    path = tmp_path / "foreign.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema reports; create schema marts")
    only("index", "law", "licences")
    folder = make(path, tmp_path / "site")
    for page in ("index.html", "law.html"):
        text = " ".join(Reader(folder / page).text.split())
        assert "This release lacks the query measure_state" in text
        assert ", so nothing can be said about the law here." in text
        for denied in ("holds no", "Nothing ends", "falls under", "0 in force", "no open question"):
            assert denied not in text, (page, denied)
    text = Reader(folder / "licences.html").text
    assert "This release lacks the table fct_licence_claims" in text
    assert "No public claim by this day" not in text


def test_no_chart_of_claims_has_licences_of_two_authorities(folder):
    """What the Netherlands grants is not a measure of what China does."""
    found = []
    for path in sorted((folder / "data" / "licences").glob("claims-with-bounds*.csv")):
        with path.open(encoding="utf-8-sig") as file:
            found.append({row["licensing_authority"] for row in csv.DictReader(file)})
    assert {"China"} in found
    assert {"Netherlands"} in found
    assert all(len(authorities) == 1 for authorities in found)


def test_a_rival_reading_that_says_the_same_is_none():
    """After 10 January 2027 both readings say that the suspension has run out."""
    row = dict.fromkeys(law.LANE, "x") | {"standing": "law", "state_rank": 2, "is_disputed": False}
    base = row | {"claim_group": "base", "state": "lapsed_presumed", "clause_id": "x"}
    (measure,) = law.standing_measures([base, base | {"claim_group": "after/B"}])
    assert measure["rival_states"] == []
    (measure,) = law.standing_measures([base, base | {"claim_group": "b/B", "state": "suspended"}])
    assert measure["rival_states"] == ["suspended"]


def test_a_measure_for_all_is_not_said_to_be_for_listed_firms_only():
    row = dict.fromkeys(law.LANE, "x") | {"standing": "law", "is_disputed": False}
    row |= {"claim_group": "base", "clause_id": "x"}
    firms = row | {"user_type": "listed_entities", "state": "in_force", "state_rank": 1}
    weaker = row | {"user_type": "all", "state": "suspended", "state_rank": 2}
    for others, expected in (([], True), ([weaker], True), ([firms | {"user_type": "all"}], False)):
        (measure,) = law.standing_measures([firms, *others])
        assert measure["is_for_firms"] is expected


def test_an_empty_mart_makes_sentences_not_frames(damaged):
    page = Reader(damaged / "products" / "850511.html")
    # Claims of the press are no imports.
    assert [set(spec["datasets"]["rows"][0]) & {"import_value_eur"} for spec in page.specs] == [
        set()
    ]
    assert "No source of this release has the EU's total imports for this product" in page.text


def test_markup_in_raw_titles_is_inert(damaged):
    for path in damaged.rglob("*.html"):
        text = path.read_text("utf-8")
        assert SCRIPT not in text, path
        assert "javascript:" not in re.sub(r">[^<]*<", "><", text), path
    assert html.escape(SCRIPT) in (damaged / "law.html").read_text("utf-8")
    assert html.escape(SCRIPT) in (damaged / "products" / "850511.html").read_text("utf-8")


def test_formulas_in_raw_titles_are_inert(damaged):
    found = 0
    for path in damaged.rglob("*.csv"):
        with path.open(newline="") as file:
            for row in csv.reader(file):
                assert not any(cell.startswith(("=", "@", "+")) for cell in row), path
                found += f"'{FORMULA}" in row
    assert found


def test_csv_cells():
    assert safe_cell(FORMULA) == f"'{FORMULA}"
    assert safe_cell(" =1+1") == "' =1+1"
    assert safe_cell("\t=1") == "'\t=1"
    assert safe_cell(-5.5) == -5.5
    assert safe_cell("-5.5e-07") == "-5.5e-07"
    assert safe_cell("-2+3") == "'-2+3"
    assert safe_cell("-5\n=1") == "'-5\n=1"
    assert safe_cell("CN-2025-18") == "CN-2025-18"
    assert csv_text(["a", "=b"], [(1, "+2"), (None, "x")]) == "a,'=b\n1,'+2\n,x\n"


def test_files_copied_by_sql_keep_the_rule_of_csv_cells(tmp_path):
    texts = [FORMULA, " =1+1", "\t=1", "-5.5e-07", "-2+3", "-5\n=1", "@SUM(1)", "plain", "", None]
    path = tmp_path / "it's.csv"
    with duckdb.connect() as con:
        con.execute("create table t (n integer, told varchar)")
        con.executemany("insert into t values (-5, ?)", [[text] for text in texts])
        copy_csv(con, 'select n, told as "a ""b""" from t', path)
    with path.open(newline="") as file:
        header, *found = csv.reader(file)
    assert header == ["n", 'a "b"']
    assert found == [["-5", safe_cell(text) or ""] for text in texts]


def test_a_publish_meanwhile_changes_nothing(full_build, tmp_path, only, monkeypatch):
    """All pages are of the release that was opened first, though another takes its place."""
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as con:
        con.execute("create schema meta; create table meta.build as select 'other' as release_id")
    original = site_module.Site.rows
    only("changes", "law")

    def rows(self, query, **variables):
        if other.exists():
            other.replace(tmp_path / "data" / "published" / "chokepoint.duckdb")
        return original(self, query, **variables)

    monkeypatch.setattr(site_module.Site, "rows", rows)
    folder = make(full_build.published, tmp_path)
    assert not other.exists()
    with full_build.connect() as con:
        (release,) = con.execute("select release_id from meta.build").fetchone()
    assert all(release in path.read_text("utf-8") for path in folder.rglob("*.html"))


def test_a_site_that_fails_leaves_the_old_one(full_build, tmp_path, only, monkeypatch):
    only("changes")
    folder = make(full_build.published, tmp_path)
    before = (folder / "changes.html").read_text("utf-8")

    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site_module, "vega_bundle", full)
    with pytest.raises(ChokepointError, match="The disk is full"):
        build_site(Settings(data_dir=tmp_path / "data"), Edition(DAY, sql=False))
    assert (folder / "changes.html").read_text("utf-8") == before
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_an_older_release_says_so(full_build, tmp_path, only, monkeypatch):
    """After a rollback a reader must not take yesterday's figures for today's."""
    newest = SimpleNamespace(release_id="2999-01-01T000000Z-ffffffff")
    monkeypatch.setattr("chokepoint.releases.published.list_releases", lambda settings: [newest])
    only("changes")
    folder = make(full_build.published, tmp_path)
    text = " ".join(Reader(folder / "changes.html").text.split())
    assert "This is an older release" in text
    assert newest.release_id in text


def test_a_folder_of_something_else_is_left_alone(full_build, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "index.html").write_text("cats")
    with pytest.raises(ChokepointError, match="no site of ours"):
        make(full_build.published, tmp_path, output=tmp_path / "photos")
    assert (tmp_path / "photos" / "index.html").read_text() == "cats"


def test_the_command_says_where_the_site_is(full_build, tmp_path, only, capsys):
    from chokepoint.cli.commands import pages

    only("changes")
    settings = Settings(data_dir=full_build.data_dir)
    pages.dashboard(settings, "2026-11-26", tmp_path / "site", sql=False)
    assert str(tmp_path / "site" / "index.html") in capsys.readouterr().out
    with pytest.raises(ChokepointError, match="is not a day"):
        pages.dashboard(settings, "2026-11-31", tmp_path / "other")
    with pytest.raises(ChokepointError, match="make build"):
        pages.dashboard(Settings(data_dir=tmp_path / "empty"), None, None)


def test_dagster_writes_the_same_site(full_build, tmp_path, only, monkeypatch):
    from dagster import materialize

    from orchestration.assets import site as dashboard

    def refuse(_):
        raise ChokepointError("npm cannot be reached.", "try again.")

    only("changes")
    # The engine and the packed file are tested with the SQL page.
    monkeypatch.setattr(site_module.wasm, "bundle", refuse)
    monkeypatch.setattr(site_module, "FOLDER", tmp_path / "site")
    monkeypatch.setenv("CHOKEPOINT_DATA_DIR", str(full_build.data_dir))
    assert materialize([dashboard.site]).success
    assert (tmp_path / "site" / "changes.html").is_file()


def test_words():
    assert words.money(1_123_378_562) == "€1.12\N{NO-BREAK SPACE}billion"
    assert words.money(999_999) == "€1.00\N{NO-BREAK SPACE}million"
    assert words.money_range(0, 5e6) == "up to €5.00\N{NO-BREAK SPACE}million"
    assert words.money_range(5e6, 5e6) == "€5.00\N{NO-BREAK SPACE}million"
    assert words.money_range(None, None) == "not known"
    assert words.mass(39_296_856) == "39,297\N{NO-BREAK SPACE}tonnes"
    assert words.days_left(-16) == "16 days ago"


def test_file_names_of_measures_are_harmless():
    assert law.slug("CN-2025-57/../../etc") == "cn-2025-57-------etc"


def test_the_claim_and_what_is_derived_from_it_are_told_apart(table, pages):
    """Presumed back above and in force below are two things: a claim and its derived state."""
    text = pages["law.html"].text
    assert re.search(r"State derived\s*Presumed back", text)
    told = {(row["mapped_state"], row["derived"]) for row in table("law-rival-claims")}
    assert ("in_force", "Presumed back") in told
    assert any(state == "suspended" and "uspended before effect" in d for state, d in told)
    assert re.search(r"What the claim says\s*State derived from it", text)


def test_a_product_shows_no_law_of_later_days(full_build, tmp_path, only, monkeypatch):
    def one(site):
        found = goods(site)
        found.pages = {"850511": found.pages["850511"]}
        return found

    only("products")
    monkeypatch.setattr(products, "goods", one)
    folder = make(full_build.published, tmp_path, as_of=dt.date(2025, 3, 1))
    text = Reader(folder / "products" / "850511.html").text
    assert "No recorded measure lists this code" in text
    assert "18/2025" not in text

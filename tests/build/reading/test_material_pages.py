"""Pages by material: figures are those of the marts, and what is missing is said."""

import datetime as dt
import html
import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
from reading_kit import table as bundled

DAY = dt.date(2026, 11, 26)
# A metal with a code of its own, a group, an ore with many codes, goods, and goods without trade.
MATERIALS = ("gallium", "rare-earths", "titanium", "permanent-magnets", "superhard-materials")
NAMES = {"rare-earths": "Rare earths", "permanent-magnets": "Permanent magnets",
         "superhard-materials": "Superhard materials"}  # fmt: skip


@pytest.fixture
def con(full_build):
    with full_build.connect() as connection:
        yield connection


def text(folder: Path, page: str) -> str:
    """What a reader sees of a page, on one line."""
    source = (folder / page).read_text("utf-8")
    bare = re.sub(r"<script.*?</script>|<style.*?</style>", " ", source, flags=re.DOTALL)
    bare = html.unescape(re.sub(r"<[^>]+>", " ", bare)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r" ([.,;:])", r"\1", " ".join(bare.split()))


def name_of(slug: str) -> str:
    return NAMES.get(slug, slug.capitalize())


@pytest.fixture(scope="module")
def links() -> dict[str, set[tuple[str, str]]]:
    """Material -> (code, stage), made in plain Python from the lists and the rule in the docs."""
    terms = defaultdict(set)
    for row in bundled("material_terms"):
        terms[row["term"]].add(row["material"])
    listed = [
        (row["material"], row["cn8"] or row["hs6"], row["form_or_stage"])
        for row in bundled("material_codes")
    ]
    listed += [
        (row["term"], row["product_code"], row["form_or_stage"])
        for row in bundled("material_products")
    ]
    found = defaultdict(set)
    for name, code, form in listed:
        chapter = int(code[:2])
        stage = "ore" if 25 <= chapter <= 27 or form in ("ore", "ores") else "refined"
        stage = "product" if chapter >= 84 else stage
        for material in terms[name.lower()]:
            found[material].add((code, stage))
    return found


@pytest.fixture
def with_figures(con) -> set[str]:
    """Codes of which a source has the EU's imports in a year that was over on the day."""
    return {
        code
        for (code,) in con.execute(
            "select distinct product_code from marts.fct_import_concentration"
            " where reporter_code = 'EU27' and supplier_scope = 'extra_eu'"
            " and frequency = 'annual' and cast(period as integer) < 2026"
            " and product_code in (select product_code from marts.dim_product)"
        ).fetchall()
    }


def test_the_bridge_has_every_code_of_the_lists_at_its_stage(con, links):
    published = defaultdict(set)
    for material, code, stage in con.execute(
        "select material, product_code, stage from marts.bridge_material_products"
    ).fetchall():
        published[material].add((code, stage))
    assert published == links


@pytest.mark.parametrize("slug", MATERIALS)
def test_each_stage_has_the_figures_of_the_marts(table, con, links, with_figures, slug):
    own = links[name_of(slug)]
    for stage in ("ore", "refined", "product"):
        codes = {code for code, found in own if found == stage}
        rows = table(f"materials/{slug}-{stage}")
        assert {row["product_code"] for row in rows} == codes & with_figures
        for row in rows:
            sources = con.execute(
                "select cast(import_value_eur as double), top_supplier_value_share, hhi_value"
                " from marts.fct_import_concentration"
                " where reporter_code = 'EU27' and supplier_scope = 'extra_eu'"
                " and frequency = 'annual' and product_code = ? and period = ?",
                [row["product_code"], row["period"]],
            ).fetchall()
            told = tuple(
                float(row[key]) if row[key] else None
                for key in ("import_value_eur", "top_supplier_value_share", "hhi_value")
            )
            assert any(told == pytest.approx(source) for source in sources), row


# The strictest state of each restriction that names a material, for anybody and for the EU27;
# counted from the scope of measures and their titles, without the bridge of names.
RESTRICTIONS = """
    with named as (
        select measure_id from marts.dim_measure_scope where list_contains($terms, lower(material))
        union
        select measure_id from (
            select measure_id, unnest(string_split(lower(materials), ';')) as part
            from marts.dim_measure
        ) where list_contains($terms, trim(part))
    )
    select min_by(state, state_rank), min_by(state, state_rank) filter (
        (states.measure_id, clause_id, destination) in (
            select (measure_id, clause_id, destination) from marts.bridge_measure_destinations
            where country_code = 'EU27' and known_from <= $day and coalesce(known_to > $day, true)
        )
    )
    from reports.measure_state($day, $day) as states
    inner join marts.dim_measure_state using (state)
    inner join marts.dim_act as acts on acts.act_id = states.measure_id
    semi join named using (measure_id)
    where claim_group = 'base' and standing <> 'relief' and severity_weight is not null
    group by states.measure_id
"""


@pytest.mark.parametrize("slug", ["gallium", "rare-earths", "titanium", "superhard-materials"])
def test_law_counts_the_restrictions_that_name_it(table, folder, con, slug):
    terms = [r["term"] for r in bundled("material_terms") if r["material"] == name_of(slug)]
    found = con.execute(RESTRICTIONS, {"terms": terms, "day": DAY}).fetchall()
    page = text(folder, f"materials/{slug}.html")
    if not found:
        assert "Law today: no restriction on goods recorded" in page
        return
    best, ours = ([state for state in states if state] for states in zip(*found, strict=True))
    counts = [sum(one in ("in_force", "exempted") for one in states) for states in (best, ours)]
    noun = "restriction" if len(best) == 1 else "restrictions"
    assert f"Law today: {counts[0]} of {len(best)} {noun} in force" in page
    assert len({row["measure"] for row in table(f"materials/{slug}-law")}) >= len(best)
    assert f"On exports to the EU27: {counts[1]} of {len(ours)} in force." in page


def test_derisking_in_one_line_adds_from_the_products(folder, con):
    """Share that moved away and towards, from fct_derisking in plain Python; only own codes."""
    found = con.execute(
        "select value_share_change, import_value_after_eur, verdict from marts.fct_derisking"
        " where reporter_code = 'EU27' and supplier_scope = 'extra_eu' and is_top_before"
        " and base_period = '2022' and period = '2024' and product_code = '81129289'"
    ).fetchall()
    away = sum(max(0, -change) * value for change, value, _ in found)
    towards = sum(max(0, change) * value for change, value, _ in found)
    total = sum(value for _, value, _ in found)
    page = text(folder, "materials/gallium.html")
    assert len(found) == 1
    said = re.search(
        r"2022 to 2024, 1 of 3 codes: ([\d.]+) ?% of EU imports by value moved away .*?"
        r"([\d.]+) ?% moved towards it",
        page,
    )
    assert float(said[1]) == pytest.approx(100 * away / total, abs=0.051)
    assert float(said[2]) == pytest.approx(100 * towards / total, abs=0.051)


def test_uses_are_those_of_the_study(table, con):
    study = [r for r in bundled("crm2023_use_shares") if r["material"] == "Gallium"]
    told = table("materials/gallium-uses")
    assert {(r["use_name"], float(r["share"])) for r in told} == {
        (r["application"], float(r["share"])) for r in study
    }
    assert con.execute(
        "select end_uses from marts.dim_material where material = 'Boron'"
    ).fetchone() == (None,), "a share printed as 0 % is no use"


def test_a_material_of_the_act_says_as_what(con):
    entries = {(r["list"], r["material"]) for r in bundled("crma_materials")}
    told = con.execute(
        "select 'strategic', unnest(string_split(strategic_as, '; ')) from marts.dim_material"
        " union all"
        " select 'critical', unnest(string_split(critical_as, '; ')) from marts.dim_material"
    ).fetchall()
    assert set(told) == entries


def test_every_other_name_leads_to_one_material(con):
    """Names of laws, claims, prices, production and studies: each that is a material is known."""
    # What means all goods or none: no page of a material may claim it.
    general = {
        "dual-use items", "equipment", "targets", "goods containing them",
        "see suspended measures", "strategic minerals", "none (finance)", "all controlled items",
        "items subject to ear", "processed critical minerals", "all chinese controls",
        "eu dual-use items",
    }  # fmt: skip
    names = con.execute(
        "select lower(trim(part)) from ("
        "  select unnest(string_split(materials, ';')) as part from marts.dim_measure"
        "  union all select material from marts.dim_measure_scope"
        "  union all select unnest(string_split(material, ';')) from marts.fct_licence_claims"
        "  union all select item from marts.fct_press_flow_claims"
        "  union all select stratum from marts.fct_licence_durations"
        "  where stratum_kind = 'material'"
        ") where part is not null"
    ).fetchall()
    terms = {row["term"] for row in bundled("material_terms")}
    assert {name for (name,) in names} - terms - general == set()


def test_products_are_listed_by_material(table, con):
    rows = table("products")
    names = [row["material"] for row in rows]
    assert names == sorted(names, key=str.lower)
    codes = {code for row in rows for code in row["codes"].split(", ")}
    assert codes == {
        code for (code,) in con.execute("select product_code from marts.dim_product").fetchall()
    }
    shared = [row for row in rows if row["codes"].startswith("811292")]
    assert {row["material"] for row in shared} >= {"Gallium", "Germanium", "Indium"}


def test_the_search_holds_every_page(folder):
    source = (folder / "search.html").read_text("utf-8")
    linked = set(re.findall(r'href="([^"#]+\.html)', source))
    for kind in ("materials", "law"):
        there = {f"{kind}/{path.name}" for path in (folder / kind).glob("*.html")}
        assert there
        assert there <= linked
    whole = {f"products/{path.name}" for path in (folder / "products").glob("*.html")
             if len(path.stem) <= 6}  # fmt: skip
    assert whole <= linked
    assert "No page fits. Try the English name of a material" in source


@pytest.mark.parametrize(
    ("page", "item"),
    [
        ("products/850511", "rare-earth permanent magnets"), ("products/811292", "germanium"),
        ("materials/permanent-magnets", "rare-earth permanent magnets"),
        ("materials/rare-earths", "dysprosium"),
    ],
)  # fmt: skip
def test_claims_of_the_press_are_a_chart_apart_from_customs(table, folder, con, page, item):
    claims = table(f"{page}-press-{item.replace(' ', '-')}")
    assert {row["data_origin"] for row in claims} == {"press_claim"}
    names = dict(
        con.execute("select country_name, country_iso3 from marts.dim_country").fetchall()
    ) | {"World": "WORLD", "EU": "EU27", "Europe": "Europe"}
    months = {
        (names[re.sub("^The (world)?", lambda found: "World" if found[1] else "", row["place"])],
         row["first_period"]): float(row["mass_t"])
        for row in claims
        if row["first_period"] == row["last_period"]
    }  # fmt: skip
    # Straight from the list of figures, in tonnes.
    printed = {
        (row["destination"], row["period"]): float(row["value"]) / {"t": 1, "kg": 1000}[row["unit"]]
        for row in bundled("gacc_exports_press_figures")
        if row["item"] == item and row["period_kind"] == "month"
    }
    assert {key: months[key] for key in printed} == pytest.approx(printed)
    if item.endswith("magnets"):
        assert (months["DEU", "2025-07"], months["DEU", "2025-09"]) == (1116, 1288)
        # Of January and February 2026 the sum alone is printed; a year with known months is not.
        spans = {(row["first_period"], row["last_period"]) for row in claims}
        assert {span for span in spans if span[0] != span[1]} == {("2026-01", "2026-02")}
    assert "Claims, not customs data" in text(folder, f"{page}.html")


def test_months_of_customs_are_those_of_the_file_and_the_days_of_acts_are_lines(table, folder):
    landed = [row for row in bundled("hmrc_imports_monthly") if row["hs6"] == "811292"]
    wanted = dict.fromkeys((row["period"] for row in landed), 0.0)
    for row in landed:
        if row["partner_iso3"] == "CHN":
            wanted[row["period"]] += float(row["net_mass_kg"])
    # A month with no supplier at all may be one that was not asked for: it has no row.
    customs = table("products/811292-months")
    assert {row["period"]: float(row["net_mass_kg"]) for row in customs} == wanted
    assert {row["data_origin"] for row in customs} == {"real"}
    source = (folder / "products/850511.html").read_text("utf-8")
    specs = [json.loads(spec) for spec in re.findall(r'class="spec">(.*?)</script>', source)]
    for spec in specs[1:3]:
        assert {"day": "2025-04-04", "acts": "In force: No. 18/2025", "label":
                "In force: No. 18/2025"} in spec["datasets"]["acts"]  # fmt: skip
    charts = re.findall(r'<figure class="chart" id="([^"]+)"', source)
    assert charts[:3] == ["850511-imports", "850511-press-rare-earth-permanent-magnets",
                          "850511-months"]  # fmt: skip


def test_a_sentence_on_two_years_says_where_the_code_may_not_be_the_same(folder):
    """Of CN codes no concordance is bundled; 850511 is the same goods in every edition."""
    pages = ("materials/gallium.html", "products/850511.html")
    gallium, magnets = (text(folder, page) for page in pages)
    assert "in 2024, after 97% in 2022 (code of CN2022)." in gallium
    assert "The nomenclature changes in" in gallium
    assert "(code of" not in magnets
    assert "The nomenclature changes in" not in magnets


def test_days_left_are_counted_to_the_end_of_what_holds_today(folder, con):
    """A suspension that ends tomorrow is the next end for gallium."""
    (end,) = con.execute(
        "select min(valid_to) from marts.fct_measure_states where measure_id = 'CN-2024-46-2'"
        " and claim_group = 'base' and valid_from <= date '2026-11-26'"
        " and valid_to > date '2026-11-26' and known_to is null"
    ).fetchone()
    days = (end - DAY).days
    when = "tomorrow" if days == 1 else f"in {days} days"
    assert f"The next stated end is {end.day} {end:%B} {end.year}, {when}: No. 46/2024" in text(
        folder, "materials/gallium.html"
    )


def test_synthetic_rows_are_marked(table, folder):
    """Licence times of a material rest on an invented register: the page says so."""
    rows = table("materials/gallium-licences")
    assert {row["data_origin"] for row in rows} == {"synthetic"}
    assert "Synthetic sample: these applications are invented" in text(
        folder, "materials/gallium.html"
    )


def test_a_verdict_by_a_proxy_is_no_headline(folder, con):
    kept = con.execute(
        "select code_match from marts.fct_commitment_scorecard where is_current"
        " and verdict = 'kept'"
    ).fetchall()
    assert kept == [("proxy",)]
    page = text(folder, "scorecard.html")
    assert "None of 13 promises can be judged from trade in their goods" in page
    assert "0 Kept the flow reached the threshold; 1 more by a proxy" in page
    assert "Kept, by a proxy: the flow reached the threshold" in page
    magnets = text(folder, "materials/permanent-magnets.html")
    assert re.search(r"Kept: 0\. Not to be judged, or not yet: \d+\. By a proxy only: 1\.", magnets)

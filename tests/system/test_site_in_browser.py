"""The site in headless Chromium: drawn, silent, readable, reachable, and nothing from elsewhere."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from browser import Visit, browse, chromium, run

AS_OF = dt.date(2026, 11, 26)
# One page of each template: what one of them shows right, its siblings do.
PAGES = (
    "index.html",
    "materials.html",
    "materials/rare-earths.html",
    "products.html",
    "products/850511.html",
    "countries.html",
    "countries/germany.html",
    "changes.html",
    "search.html",
    "law.html",
    "licences.html",
    "scorecard.html",
    "exposure.html",
    "exposure-sample.html",
    "health.html",
    "definitions.html",
    "definitions/stock_cover.html",
)
# On these a picture or a table is on the first screen, of a desk and of a phone.
FIRST_SCREEN = (
    "index.html", "materials/rare-earths.html", "products/850511.html", "countries.html",
    "countries/germany.html", "changes.html", "law.html", "licences.html", "scorecard.html",
    "exposure.html",
)  # fmt: skip
BEGINS = {1280: 560, 360: 660}
# Colours in the dark are looked at on these; `make torture` looks at all.
DARK = ("index.html", "materials/rare-earths.html", "law.html", "exposure.html")
CHARTED = ("index.html", "materials/rare-earths.html", "products/850511.html", "licences.html",
           "scorecard.html", "exposure.html", "health.html")  # fmt: skip
BROKEN = """<!doctype html><html lang="en"><head><title>broken</title>
<style>p { color: #ddd } b { outline: none }</style></head><body><main><h1>broken</h1><p>pale</p>
<div style="width: 900px; height: 9px">wide</div>
<a href="#" style="position: absolute">one</a><b tabindex="0" style="outline: none">two</b>
<div inert><a href="#here">three</a></div>
<figure class="chart" id="empty"><div class="plot"></div></figure>
<img alt="x" src="http://127.0.0.1:9/x.png"></main>
<script>document.documentElement.dataset.drawn = 1; console.error("loud"); undefined.x;</script>
</body></html>"""

# Opens the overview from its folder and chooses the second importer with the keyboard alone: what
# is shown before and after, how wide the page is, and what is shown without scripts.
CHOICE = """
import json, sys
from playwright.sync_api import sync_playwright

SHOWN = '''() => [...document.querySelectorAll("[data-choice]")].filter(e => e.checkVisibility())
    .map(e => e.dataset.choice)'''
SELECTOR = "() => document.getElementById('importer').checkVisibility()"
found = {}
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1])
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(sys.argv[2])
        before = page.evaluate(SHOWN)
        page.get_by_label("Restrictions on exports to", exact=True).focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_function("() => document.querySelector('[data-choice]').hidden")
        text = page.locator("#importers").inner_text()
        over = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        page.get_by_role("button", name="Change in points").click()
        points = [text.split()[0] if text[0] in "+-0" else text.strip() for text in
                  page.locator("#materials tbody td:nth-child(5)").all_inner_texts()]
        page.get_by_label("Filter by material, supplier or legal status").fill("japan")
        left = page.locator("#materials tbody tr:visible td:nth-child(2)").all_inner_texts()
        found[width] = [before, page.evaluate(SHOWN), text, over, points, left]
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(sys.argv[2])
    found["no script"] = [page.evaluate(SHOWN), page.evaluate(SELECTOR)]
    browser.close()
print(json.dumps(found))
"""

# Types each word into the page of search, opened from its folder: what is found first, how many
# fit, what is said where none does, and where Enter leads.
SEARCH = """
import json, sys
from playwright.sync_api import sync_playwright

found = {}
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1])
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(sys.argv[2] + "/search.html")
        field = page.get_by_role("searchbox")
        for word in json.loads(sys.argv[3]):
            field.fill(word)
            hits = page.locator("#find-hits a")
            first = hits.first.get_attribute("href") if hits.count() else None
            none = page.locator("#find-none")
            found[word] = [first, hits.count(), none.inner_text() if none.is_visible() else "",
                           page.locator("#find output").inner_text()]
        over = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        field.fill("gallium")
        field.press("Enter")
        page.wait_for_url("**/materials/gallium.html")
        page.goto(sys.argv[2] + "/search.html#tungsten")
        opened = page.locator("#find-hits a").first.get_attribute("href")
        found[width] = [over, opened]
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(sys.argv[2] + "/search.html")
    found["no script"] = [page.locator("#find-all a:visible").count(),
                          page.locator("#find").is_visible()]
    browser.close()
print(json.dumps(found))
"""
# What readers type -> the page that must come first.
LOOKED_FOR = {
    "gallium": "materials/gallium.html",
    "Dy": "materials/rare-earths.html",
    "dysprosium": "materials/rare-earths.html",
    "magnets": "materials/permanent-magnets.html",
    "8505 11": "products/850511.html",
    "850511": "products/850511.html",
    "8505 11 10": "products/850511.html#code-85051110",
    "28053031": "products/280530.html#code-28053031",
    "18/2025": "law/cn-2025-18.html",
    "No. 18": "law/cn-2025-18.html",
    "no 46/2024": "law/cn-2024-46-1.html",
    "spodumene": "products/253090.html#code-25309040",
    "Germany": "index.html",
}


@pytest.fixture(scope="module")
def site(whole_site, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dashboard") / "site"
    return shutil.copytree(whole_site, folder, copy_function=os.link)


@pytest.fixture(scope="module")
def seen(site) -> dict:
    """One browser for all: wide and light, narrow and dark; and a page with every fault."""
    (site / "broken.html").write_text(BROKEN, encoding="utf-8")
    measure = min((site / "law").glob("*.html")).relative_to(site).as_posix()
    visits, dark = [], PAGES if "CHOKEPOINT_EXAMPLES" in os.environ else DARK
    for page in (*PAGES, measure):
        visits += [
            Visit(page, axe=True, keys=True),
            Visit(page, width=360, scheme="dark", axe=page in dark),
        ]
    # So many cells that one look must do; and a page of which most parts are words.
    visits.append(Visit("definitions/dictionary.html", width=360))
    visits.append(Visit("products/280530.html", width=360, axe=True))
    visits.append(Visit("materials/superhard-materials.html", width=360))
    visits += [Visit(page, scripts=False) for page in ("index.html", "licences.html")]
    visits += [Visit("broken.html", axe=True, keys=True), Visit("broken.html", width=360)]
    pictures = os.environ.get("CHOKEPOINT_SCREENSHOTS")
    if pictures:
        visits = [Visit(page, width=width) for page in (*PAGES, measure) for width in (1280, 390)]
    try:
        return browse(site, visits, screenshots=pictures and Path(pictures))
    finally:
        (site / "broken.html").unlink()


def good(seen: dict, **wanted) -> list[dict]:
    """The visits to pages of the site with these properties."""
    return [
        visit
        for visit in seen["visits"]
        if visit["page"] != "broken.html"
        and all(visit[name] == value for name, value in wanted.items())
    ]


def where(visit: dict) -> str:
    return f"{visit['page']}, {visit['width']} wide, {visit['scheme']}"


def test_no_page_complains_or_asks_another_computer(seen):
    """A blocked script or a font from elsewhere leaves a reader without charts, or tracked."""
    complaints = [f"{where(v)}: {v['console']}" for v in good(seen) if v["console"]]
    leaving = [f"{where(v)}: {v['leaving']}" for v in good(seen) if v["leaving"]]
    assert not complaints, "\n".join(complaints)
    assert not leaving, "\n".join(leaving)


def test_axe_finds_nothing_serious(seen):
    """Who cannot see the page, or sees it pale, gets the same figures."""
    found = [
        f"{where(visit)}: {v['rule']} ({v['impact']}): {v['help']}\n    "
        + "\n    ".join(v["nodes"])
        for visit in good(seen, axe=True)
        for v in visit["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert not found, "\n".join(found)


def test_a_phone_never_scrolls_sideways(seen):
    """A page that is wider than the screen is read with one hand tied."""
    found = [
        f"{where(v)}: {v['scroll_width']} of {v['seen_width']}: {v['too_wide']}"
        for v in good(seen, width=360)
        if v["scroll_width"] > v["seen_width"] or v["too_wide"]
    ]
    assert not found, "\n".join(found)


def test_the_keyboard_reaches_and_shows_everything(seen):
    """Who cannot hold a mouse follows each link and opens each table, and sees where they are."""
    found = []
    for visit in good(seen, keys=True):
        keys = visit["keyboard"]
        assert keys["wanted"] > 5, where(visit)
        if keys["missed"] or keys["unseen"] or keys["opens"] is False:
            found.append(f"{where(visit)}: {keys}")
    assert not found, "\n".join(found)


def test_every_chart_is_drawn_and_says_what_it_is(seen):
    """A chart without unit, source or day cannot be quoted; without a table it is not for all."""
    found = []
    for visit in good(seen, scripts=True):
        if not visit["drawn"]:
            found.append(f"{where(visit)}: the charts were not drawn in time")
        for chart in visit["charts"]:
            if chart["empty"]:
                continue
            wrong = [
                name
                for name in ("marks", "finding", "unit", "source", "spoken", "rows", "csv")
                if not chart[name]
            ]
            # A supply graph does not follow the day of the page: it is of a release.
            if not re.search(r"[Aa]s of 26 |the release of \d+ \w+ \d{4}", chart["source"]):
                wrong.append("no day")
            if chart["width"] > chart["room"] + 1 or chart["width"] < chart["room"] / 2:
                wrong.append(f"{chart['width']} wide in {chart['room']}")
            if chart["synthetic"] and not chart["hatched"]:
                wrong.append("synthetic and not hatched")
            if chart["hatched"] and not chart["synthetic"]:
                wrong.append("hatched and not named synthetic")
            if wrong:
                found.append(f"{where(visit)}, {chart['name']}: {wrong}")
    assert not found, "\n".join(found)


def test_the_bundled_data_fill_the_charts_of_each_page(seen):
    """An empty frame with a polite sentence would pass every other test."""
    drawn = {
        visit["page"]: sum(not chart["empty"] for chart in visit["charts"])
        for visit in good(seen, axe=True, scheme="light")
    }
    least = {"index.html": 2, "materials/rare-earths.html": 5, "products/850511.html": 4,
             "products/280530.html": 16, "licences.html": 6, "scorecard.html": 3,
             "exposure-sample.html": 4, "exposure.html": 3, "health.html": 1}  # fmt: skip
    assert {page: drawn[page] for page in least if drawn[page] < least[page]} == {}


def test_dark_pages_draw_with_other_colours(seen):
    """Light colours on a dark page are the ones nobody looked at."""
    for page in CHARTED:
        light, dark = (good(seen, page=page, scheme=s, scripts=True)[0] for s in ("light", "dark"))
        assert [c["colours"] for c in light["charts"]] != [c["colours"] for c in dark["charts"]]


def test_the_first_screen_has_a_picture(seen):
    """Who opens a page sees its chart, and not a text about it."""
    found = {where(v): v["first"] for v in seen["visits"] if v["page"] in FIRST_SCREEN}
    late = {
        where(v): v["first"]
        for v in seen["visits"]
        if v["page"] in FIRST_SCREEN and v["scripts"]
        and (v["first"] is None or v["first"]["top"] > BEGINS.get(v["width"], 660))
    }  # fmt: skip
    assert len(found) >= 2 * len(FIRST_SCREEN)
    assert late == {}


def test_without_scripts_the_figures_are_there(seen):
    """A locked-down browser, a text browser and a search engine read sentences and tables."""
    for visit in good(seen, scripts=False):
        assert visit["rows"] > 10, where(visit)
        assert not any(chart["marks"] for chart in visit["charts"]), where(visit)
    index, licences = good(seen, scripts=False)
    assert "in force" in index["text"]
    assert "of 141 applications 19 were granted" in licences["text"]


def test_the_overview_is_for_the_importer_that_is_chosen(site):
    """A figure of the EU under the name of Austria would be worse than no selector. Its table of
    materials is sorted by a heading, what is not known last, and filtered by a supplier."""
    address = (site / "index.html").as_uri()
    found = run(CHOICE, chromium(), address)
    for width in ("390", "1280"):
        before, after, text, is_too_wide, points, left = found[width]
        known = [int(point) for point in points if point != "not known"]
        assert known == sorted(known, reverse=True)
        assert points == [*points[: len(known)], *["not known"] * (len(points) - len(known))]
        assert set(left) == {"Japan"}
        assert (before, after, is_too_wide) == (["EU27"], ["AUT"], False), width
        assert "recorded restrictions on exports to Austria are in force" in text
        assert text.index("Imports of Austria under") < text.index("Imports of the EU27 under")
    assert found["no script"] == [["EU27"], False], "no selector that does nothing"


def test_a_chart_alone_fits_the_frame_that_is_offered(site):
    """With a legend and an invented sample, with many rows, with a long unit: none is cut."""
    homes = {
        "exposure/sample-carmaker-tiers": "exposure-sample.html",
        "law-timeline": "law.html",
        "products/850511-press-rare-earth-permanent-magnets": "products/850511.html",
    }
    alone = [Visit(f"data/{name}.html", width=390) for name in homes]
    for visit, home in zip(browse(site, alone)["visits"], homes.values(), strict=True):
        page = (site / home).read_text("utf-8")
        (offered,) = re.findall(
            rf'{visit["page"]}" title="[^"]*" width="100%" height="(\d+)"', page
        )
        assert 0.75 * int(offered) < visit["height"] <= int(offered), visit["page"]


def test_the_search_finds_what_readers_type(site):
    """Without a server: by material, symbol, product, code, measure number and country."""
    nothing = ["unobtainium", "99/1999", "<script>", "%"]
    words = json.dumps([*LOOKED_FOR, "China", *nothing])
    found = run(SEARCH, chromium(), site.as_uri(), words)
    assert {word: found[word][0] for word in LOOKED_FOR} == LOOKED_FOR
    assert found["18/2025"][1] == 1, "a quota of 18,125 t of 2025 is no answer"
    assert found["China"][1] > 30
    for word in nothing:
        first, count, said, shown = found[word]
        assert (first, count, shown) == (None, 0, "0 pages fit"), word
        assert "No page fits. Try the English name of a material" in said
    for width in ("390", "1280"):
        assert found[width] == [False, "materials/tungsten.html"]
    assert found["no script"][0] > 150
    assert found["no script"][1] is False


def test_the_harness_sees_what_is_broken(seen):
    """The same look at a page with every fault: each must be told."""
    wide, narrow = (v for v in seen["visits"] if v["page"] == "broken.html")
    assert any("loud" in text for text in wide["console"])
    assert any("undefined" in text for text in wide["console"])
    assert wide["leaving"] == ["http://127.0.0.1:9/x.png"]
    assert "color-contrast" in {v["rule"] for v in wide["violations"]}
    assert any("three" in element for element in wide["keyboard"]["missed"])
    assert any("two" in element for element in wide["keyboard"]["unseen"])
    assert wide["charts"][0]["marks"] == 0
    assert narrow["scroll_width"] > narrow["seen_width"]
    assert any("wide" in element for element in narrow["too_wide"])


@pytest.mark.parametrize("over_http", [False, True])
def test_an_injected_script_does_not_run(site, tmp_path, over_http):
    """What came with a delivery and passed every escape would still not be run."""
    folder = shutil.copytree(site, tmp_path / "site", copy_function=os.link)
    page = (folder / "licences.html").read_text()
    injected = (
        "<script>window.tainted = true</script>"
        '<img src="x" onerror="window.tainted = true">'
        '<script src="data:text/javascript,window.tainted=true"></script>'
        "<iframe srcdoc='<script>parent.tainted = true</script>'></iframe>"
    )
    (folder / "licences.html").unlink()
    (folder / "licences.html").write_text(page.replace("</main>", f"{injected}</main>"))
    (visit,) = browse(folder, [Visit("licences.html", over_http=over_http)])["visits"]
    assert not visit["tainted"]
    assert sum("Content Security Policy" in line for line in visit["console"]) >= 3
    assert visit["drawn"]
    assert all(chart["empty"] or chart["marks"] for chart in visit["charts"])

"""The briefing in a browser: one sheet of A4, readable on a phone, light and dark, and silent."""

from __future__ import annotations

import datetime as dt

import pytest
from browser import Visit, browse, chromium, run

from chokepoint.settings import Settings
from chokepoint.site.briefing import html, make_briefing

# Places and days with most to say, and a look back.
ASKED = (
    ("EU27", dt.date(2026, 11, 26)),
    ("USA", dt.date(2026, 11, 26)),
    ("EU27", dt.date(2026, 9, 1)),
    ("CZE", dt.date(2025, 11, 15)),
)
# Sheets of A4 that Chromium prints of each file.
SHEETS = """
import json, sys
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1])
    page = browser.new_page()
    found = []
    for address in sys.argv[2:]:
        page.goto(address)
        found.append(page.pdf(prefer_css_page_size=True).count(b"/Type /Page\\n"))
    browser.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def folder(full_build, tmp_path_factory):
    made = tmp_path_factory.mktemp("briefing")
    settings = Settings(data_dir=full_build.data_dir)
    for number, (place, day) in enumerate(ASKED):
        text = html(make_briefing(settings, place=place, as_of=day, known_on=day))
        (made / f"{number}.html").write_text(text, encoding="utf-8")
    long = (made / "0.html").read_text(encoding="utf-8").replace("<footer>", "<p>x</p>" * 60)
    (made / "long.html").write_text(long, encoding="utf-8")
    return made


def test_each_briefing_prints_on_one_sheet(folder):
    files = [folder / f"{number}.html" for number in range(len(ASKED))]
    addresses = [path.as_uri() for path in (*files, folder / "long.html")]
    *sheets, of_a_long_one = run(SHEETS, chromium(), *addresses)
    assert sheets == [1] * len(ASKED)
    assert of_a_long_one > 1, "else sheets are not counted"


def test_a_briefing_is_readable_everywhere(folder):
    visits = [
        Visit("0.html", width=width, scheme=scheme, axe=True)
        for width in (390, 1280)
        for scheme in ("light", "dark")
    ]
    for visit in browse(folder, visits)["visits"]:
        assert visit["console"] == [], visit["width"]
        assert visit["leaving"] == []
        assert visit["scroll_width"] <= visit["seen_width"]
        serious = [v for v in visit["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], (visit["width"], visit["scheme"])

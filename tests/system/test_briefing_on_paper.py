"""The briefing in a browser: one sheet of A4, readable on a phone, light and dark, and silent."""

from __future__ import annotations

import datetime as dt

import pytest
from browser import Visit, browse, chromium, run

from chokepoint.settings import Settings
from chokepoint.site.briefing import html, make_briefing

# The place and day with most to say.
PLACE, DAY = "EU27", dt.date(2026, 11, 26)
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
    text = html(make_briefing(settings, place=PLACE, as_of=DAY, known_on=DAY))
    (made / "briefing.html").write_text(text, encoding="utf-8")
    long = text.replace("<footer>", "<p>x</p>" * 60)
    (made / "long.html").write_text(long, encoding="utf-8")
    return made


def test_the_briefing_prints_on_one_sheet(folder):
    addresses = [(folder / name).as_uri() for name in ("briefing.html", "long.html")]
    sheets, of_a_long_one = run(SHEETS, chromium(), *addresses)
    assert sheets == 1
    assert of_a_long_one > 1, "else sheets are not counted"


def test_a_briefing_is_readable_everywhere(folder):
    visits = [
        Visit("briefing.html", width=width, scheme=scheme, axe=True)
        for width, scheme in ((390, "dark"), (1280, "light"))
    ]
    for visit in browse(folder, visits)["visits"]:
        assert visit["console"] == [], visit["width"]
        assert visit["leaving"] == []
        assert visit["scroll_width"] <= visit["seen_width"]
        serious = [v for v in visit["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], (visit["width"], visit["scheme"])

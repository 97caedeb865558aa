"""The briefing in a browser: two sheets of A4, readable on a phone, light and dark, and silent."""

from __future__ import annotations

import datetime as dt

import pytest
from browser import Visit, browse, chromium, run
from build_kit import run_cli

from chokepoint.settings import Settings
from chokepoint.site.briefing import html, make_briefing

# The places and the day with most to say.
PLACES, DAY = ("EU27", "USA"), dt.date(2026, 11, 26)
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
    for place in PLACES:
        text = html(make_briefing(settings, place=place, as_of=DAY, known_on=DAY))
        (made / f"{place}.html").write_text(text, encoding="utf-8")
    long = text.replace("<footer>", "<p>x</p>" * 60)
    (made / "long.html").write_text(long, encoding="utf-8")
    return made


def test_a_briefing_prints_on_two_sheets(folder):
    addresses = [(folder / f"{name}.html").as_uri() for name in (*PLACES, "long")]
    *sheets, of_a_long_one = run(SHEETS, chromium(), *addresses)
    assert sheets == [2, 2]
    assert of_a_long_one > 2, "else sheets are not counted"


def test_a_pdf_is_what_a_browser_prints(full_build, tmp_path):
    """A document to send; without a browser the way to make one is said."""
    done = run_cli("briefing", "--for", "FRA", "--output", str(tmp_path / "fra.pdf"),
                   data_dir=full_build.data_dir, CHOKEPOINT_CHROMIUM=chromium())  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "fra.pdf").read_bytes().startswith(b"%PDF")
    refused = run_cli("briefing", "--output", str(tmp_path / "none.pdf"),
                      data_dir=full_build.data_dir, CHOKEPOINT_CHROMIUM="/no/browser")  # fmt: skip
    assert refused.returncode != 0
    assert "print it in a browser" in refused.stderr
    assert not (tmp_path / "none.pdf").exists()


def test_a_briefing_is_readable_everywhere(folder):
    visits = [
        Visit("EU27.html", width=width, scheme=scheme, axe=True)
        for width, scheme in ((390, "dark"), (1280, "light"))
    ]
    for visit in browse(folder, visits)["visits"]:
        assert visit["console"] == [], visit["width"]
        assert visit["leaving"] == []
        assert visit["scroll_width"] <= visit["seen_width"]
        assert visit["violations"] == [], (visit["width"], visit["scheme"])

"""Pages by country, what is quoted of a material, and what changed: figures are the marts'."""

import datetime as dt
import re
from collections import Counter

import pytest
from published_law import rows

from chokepoint.reading.queries import run_query
from chokepoint.settings import Settings
from chokepoint.site import words

DAY = dt.date(2026, 11, 26)


def bought(published, country, scope):
    """(code, source) -> supplier -> value of a year, added up here from single flows."""
    found: dict[tuple[str, str], Counter] = {}
    for row in rows(
        published,
        "select product_code, source_id, country_name, import_value_eur"
        " from marts.fct_partner_shares inner join marts.dim_country"
        " on partner_iso3 = country_iso3 where reporter_code = ?"
        " and supplier_scope = ? and period = '2024' and frequency = 'annual'",
        [country, scope],
    ):
        key = (row["product_code"], row["source_id"])
        found.setdefault(key, Counter())[row["country_name"]] += row["import_value_eur"] or 0
    return found


@pytest.mark.parametrize(
    ("page", "code", "scope"),
    [("germany", "DEU", "extra_eu"), ("japan", "JPN", "all"), ("eu27", "EU27", "extra_eu")],
)
def test_a_country_depends_on_whom_the_marts_say(table, published, page, code, scope):
    whole, europe = bought(published, code, scope), bought(published, "EU27", "extra_eu")
    shown = table(f"countries/{page}-imports")
    assert len(shown) > 25
    held = {}
    for row in shown:
        held.setdefault(row["product_code"], []).append(row["material"].lower())
    drawn = [row["product_code"] for row in table(f"countries/{page}-suppliers")]
    assert len(drawn) == len(set(drawn)), "a code is one figure, whatever it holds"
    for row in shown:
        names = held[row["product_code"]]
        told = f"one figure of {words.listing(names)} together"
        assert (told in row["code_holds"]) == (len(names) > 1), row
        fits = [
            (suppliers, europe.get(key))
            for key, suppliers in whole.items()
            if key[0] == row["product_code"]
            and abs(sum(suppliers.values()) - float(row["import_value_eur"])) < 1
        ]
        assert fits, row
        suppliers, of_the_eu = fits[0]
        (first, value) = suppliers.most_common(1)[0]
        assert first == row["supplier"]
        assert value / sum(suppliers.values()) == pytest.approx(
            float(row["top_supplier_value_share"]), abs=1e-6
        )
        if row.get("eu_share"):
            share = of_the_eu[first] / sum(of_the_eu.values())
            assert share == pytest.approx(float(row["eu_share"]), abs=1e-6)


def test_acts_that_name_a_country_or_its_firms_are_on_its_page(table, published):
    """As the notices say: No. 30/2026 lists firms of eight members, No. 1/2026 aims at Japan."""
    named = {
        country: {row["measure"] for row in table(f"countries/{country}-named")}
        for country in ("germany", "france", "belgium", "japan", "eu27")
    }
    assert named["germany"] == {"No. 20/2026", "No. 30/2026"}
    assert named["france"] == {"No. 30/2026"}
    assert named["belgium"] == {"No. 20/2026"}
    assert {"No. 1/2026", "No. 11/2026", "No. 27/2026"} <= named["japan"]
    assert {"No. 20/2026", "No. 30/2026"} <= named["eu27"]
    listed = rows(
        published,
        "select distinct country_code from marts.bridge_measure_destinations"
        " where measure_id = 'CN-2026-30' and named = 'firms'",
    )
    assert {row["country_code"] for row in listed} == {
        "ITA", "DEU", "FRA", "POL", "NLD", "CZE", "BGR", "LTU", "EU27",
    }  # fmt: skip


def test_a_country_marks_what_sources_disagree_on(table, published):
    """Of the Netherlands: each such code and no other, with what the other source has."""
    readings = {
        (row["product_code"], round(row["total_value_eur"])): row["other_reading"]
        for row in rows(
            published,
            "select * from marts.fct_source_bounds"
            " where reporter_code = 'NLD' and supplier_scope = 'extra_eu' and period = '2024'"
            " and is_furthest and agreement = 'sources_disagree'",
        )
    }
    shown = table("countries/netherlands-imports")
    doubted = [row for row in shown if row["doubt"] == "sources disagree"]
    assert len(doubted) > 3
    for row in shown:
        reading = readings.get((row["product_code"], round(float(row["import_value_eur"]))))
        assert (row in doubted) == bool(reading), row
        assert not reading or reading in row["code_holds"], row
    drawn = {row["product_code"] for row in table("countries/netherlands-suppliers")}
    assert not drawn & {row["product_code"] for row in doubted}


@pytest.mark.parametrize("page", ["luxembourg", "japan"])
def test_a_finding_leaves_small_trade_out_and_names_all_who_come_first(table, whole_site, page):
    """A code that holds several materials is counted once."""
    supplier_of = {
        row["product_code"]: row["supplier"]
        for row in table(f"countries/{page}-imports")
        if row["top_supplier_value_share"] and not row["doubt"]
    }
    suppliers = Counter(supplier_of.values())
    most = max(suppliers.values())
    first = [name for name, count in suppliers.items() if count == most]
    text = (whole_site / "countries" / f"{page}.html").read_text("utf-8")
    (finding,) = re.findall(r"<h2>([^<]* largest supplier of [^<]*)</h2>", text)
    whole = words.count(len(supplier_of), "code")
    assert f"largest supplier of {most} of {whole} by which materials are imported" in finding
    assert [name for name in suppliers if name in finding] == first


def test_importers_stand_side_by_side(table, published):
    """A cell is the largest supplier of the code that it names, which may not be the EU27's."""
    found = {row["material"]: row for row in table("countries-compared")}
    for row in found.values():
        cells = {key: text for key, text in row.items() if key.endswith("_code") and text}
        goods = {
            key: re.sub("^(.{6})00,", r"\1,", text).split(",")[0] for key, text in cells.items()
        }
        for key, text in cells.items():
            assert ("other goods" in text) == (goods[key] != goods["EU27_code"]), (key, row)
    code, _, year = found["Graphite"]["JPN_code"].partition(", ")
    largest = rows(
        published,
        "select country_name from marts.fct_partner_shares inner join marts.dim_country"
        " on partner_iso3 = country_iso3 where reporter_code = 'JPN' and supplier_scope = 'all'"
        " and supplier_rank = 1 and product_code = ? and period = ?",
        [code, year],
    )
    assert found["Graphite"]["JPN"].rpartition(" ")[0] in {row["country_name"] for row in largest}


def test_what_is_quoted_of_a_material_is_side_by_side(table, published):
    """Mining, processing, imports and prints of others: each as its source has it."""
    gallium = table("materials/gallium-quoted")
    said = {(row["said"], row["country"]): row for row in gallium}
    world = rows(
        published,
        "select cr1 from marts.fct_production_concentration where mineral = 'Gallium'"
        " and year = 2024",
    )[0]["cr1"]
    assert said["World production, gallium", "China"]["share"] == f"{100 * world:.0f}%" == "99%"
    assert said["World processing", "China"]["share"] == "94%"
    assert said["EU imports by value", "China"]["share"] == "68%"
    assert said["EU imports by mass", ""]["share"] == "not known"
    (printed,) = [row for row in gallium if row["here"] == "67.9%"]
    assert printed["share"] == "68%"
    magnets = table("materials/permanent-magnets-quoted")
    assert [r for r in magnets if r["share"] == "98%" and r["here"] == "not found"], "of the press"


@pytest.mark.parametrize(
    ("material", "codes", "source", "country"),
    [
        ("rare-earths", "280530, 284610, 284690", "baci_hs92_bilateral", "CHN"),
        # Palladium is linked to the group twice: as refined metal and as a product.
        ("platinum-group-metals", "711011, 711021", "baci_hs17_bilateral", "ZAF"),
    ],
)
def test_a_share_of_all_codes_counts_each_code_once(
    table, published, material, codes, source, country
):
    (whole,) = [r for r in table(f"materials/{material}-quoted") if "all its codes" in r["said"]]
    assert whole["codes"] == codes
    sums = Counter()
    for row in rows(
        published,
        "select partner_iso3, import_value_eur from marts.fct_partner_shares"
        " where reporter_code = 'EU27' and supplier_scope = 'extra_eu' and period = '2024'"
        " and source_id = ? and list_contains(?, product_code)",
        source,
        codes.split(", "),
    ):
        sums[row["partner_iso3"]] += row["import_value_eur"]
    assert max(sums, key=sums.get) == country
    assert whole["share"] == f"{100 * sums[country] / sums.total():.0f}%"


def test_what_changed_is_what_the_brief_says_of_thirty_days(table, whole_site, published):
    """No line of an invented sample, and what is overdue is a count and no row."""
    shown = [row["headline"] for row in table("changes/law")]
    lines = rows(published, "from reports.brief(?, ?, days := 30)", [DAY, DAY])
    wanted = [
        words.days_in(line["headline"])
        for line in lines
        if line["line_kind"] in ("new_act", "state_change", "expiry")
        and line["data_origin"] != "synthetic"
    ]
    assert sorted(shown) == sorted(wanted)
    assert len(wanted) > 5
    assert not [line for line in shown if line.startswith("Law, ")]
    come = {
        row["event_date"] <= DAY.isoformat() and row["headline"].partition(":")[0]
        for row in table("changes/law")
    } - {False}
    text = (whole_site / "changes.html").read_text("utf-8")
    assert f"{words.count(len(come), 'act')} changed status" in text, "a day to come is none"


def test_the_page_of_an_act_lists_its_items_with_their_codes(table, whole_site, published):
    listed = rows(
        published,
        "select item_description, coalesce(national_tariff10_code, hs6_code, 'no code')"
        " from marts.dim_measure_scope where measure_id = 'CN-2025-10'",
    )
    shown = [(row["item"], row["code"]) for row in table("law/cn-2025-10-goods")]
    assert sorted(shown) == sorted(tuple(row.values()) for row in listed)
    text = (whole_site / "law" / "cn-2025-10.html").read_text("utf-8")
    assert '<a href="../products/810210.html#code-810210">8102100001</a>' in text


def test_pages_count_the_same_restrictions_as_lapsed(table, whole_site):
    """Relief that ended is no restriction."""
    lapsed = {row["measure"] for row in table("overview-lapsed")}
    back = {row["measure"] for row in table("law-measures") if row["state"] == "lapsed_presumed"}
    assert lapsed == back
    assert "No. 62/2025" in back
    said = {
        name: " ".join((whole_site / f"{name}.html").read_text("utf-8").split())
        for name in ("index", "law")
    }
    assert f"{words.count(len(back), 'restriction').capitalize()} reached the end" in said["index"]
    assert f", {len(back)} presumed back" in said["law"]


def test_a_question_tells_a_material_by_the_code_of_its_page(table, full_build):
    """The sentence of `a05 --materials` and the overview name one code, year and share."""
    settings = Settings(data_dir=full_build.data_dir)
    asked = run_query(settings, "a05c", {"materials": "all"})
    place = asked.columns.index("total_in_words")
    said = [row[place] for row in asked.rows if row[place]]
    shown = table("overview-materials")
    assert len(shown) > 30
    for row in shown:
        last = rf"\b{row['period']} [A-Z]{{3}} {100 * float(row['share']):.1f} %"
        told = rf"\b{re.escape(row['material'])}\b.* \({row['code']}\), .*{last}"
        assert any(re.search(told, one) for one in said), row


def test_promises_are_on_the_pages_of_those_who_gave_them(table):
    """An authority speaks for its country, which the promise does not name."""
    given = {
        country: {row["promised_by"] for row in table(f"countries/{country}-promises")}
        for country in ("china", "united-states", "eu27")
    }
    assert {"MOFCOM", "China", "US; China"} <= given["china"]
    assert "US; China" in given["united-states"]
    assert "EU; China" in given["eu27"]

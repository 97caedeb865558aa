"""True mirror gaps on files of ../shared/data that are read in place and never committed."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from math import log

import pytest
from model_laboratory import ModelLaboratory

from chokepoint.settings import PROJECT_DIR

pytestmark = pytest.mark.shared

DATA = PROJECT_DIR.parent / "shared" / "data"
SEEDS = PROJECT_DIR / "seeds"


def read(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def shared(name):
    return read(DATA / f"{name}.csv.gz")


@pytest.fixture(scope="module")
def laboratory(manifest):
    made = ModelLaboratory(manifest, "fct_mirror_gaps", stand_ins=["int_trade__flows"])
    made.fill_bundled("eu_membership", "transit_hubs", "cn8_code_counts")
    yield made
    made.close()


def pair(**other):
    return {
        "pair_id": "pair", "pair_kind": "true_mirror", "frequency": "annual", "lag_months": 0,
        "freight_low": 0.05, "freight_high": 0.10,
    } | other  # fmt: skip


def flow(source, flow, reporter, partner, nomenclature, product, period, value, **other):
    return {
        "source_id": source,
        "frequency": "monthly" if "-" in period else "annual",
        "period": period,
        "reporter_code": reporter,
        "partner_code": partner,
        "partner_source_code": partner,
        "partner_kind": "country",
        "flow": flow,
        "nomenclature": nomenclature,
        "product_code": product,
        # One currency on both sides: ratios need no rate.
        "currency": "EUR",
        "value_in_currency": Decimal(value).quantize(Decimal("0.001")),
    } | other


def customs_flows():
    """UK, Brazil and the US: months, HS6, both directions, from their own customs."""
    sums = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in shared("customs_monthly_gbr_bra_usa"):
        key = row["flow"], row["reporter_iso3"], row["partner_iso3"], row["hs6"], row["period"]
        sums[key][0] += Decimal(row["value_usd"])
        sums[key][1] += Decimal(row["net_mass_kg"] or 0)
    for amounts in sums.values():
        # The three decimals of int_trade__flows.
        amounts[0] = amounts[0].quantize(Decimal("0.001"))
    return sums


def as_rows(sums):
    return [
        flow(
            "customs", direction, reporter, partner, "HS2022", product, period, value,
            net_mass_kg=mass or None,
        )
        for (direction, reporter, partner, product, period), (value, mass) in sums.items()
    ]  # fmt: skip


CUSTOMS = pair(importer_source_id="customs", exporter_source_id="customs")


def test_customs_of_the_uk_brazil_and_the_us_by_month(laboratory):
    """Where both of two customs report a month, the gap is that of plain arithmetic."""
    sums = customs_flows()
    laboratory.fill("mirror_source_pairs", [CUSTOMS | {"frequency": "monthly"}])
    laboratory.fill("int_trade__flows", as_rows(sums))
    rows = laboratory.rows("fct_mirror_gaps")
    reporters = {
        direction: {key[1] for key in sums if key[0] == direction}
        for direction in ("import", "export")
    }
    both = 0
    for row in rows:
        importer, exporter = row["importer_code"], row["exporter_code"]
        assert importer in reporters["import"]
        assert exporter in reporters["export"]
        product, period = row["product_code"], row["period"]
        imported = sums.get(("import", importer, exporter, product, period), [0])[0]
        exported = sums.get(("export", exporter, importer, product, period), [0])[0]
        if imported > 0 and exported > 0:
            both += 1
            assert row["report_kind"] == "both"
            assert row["log_ratio"] == pytest.approx(log(imported / exported), abs=1e-8)
            gap = 2 * Fraction(imported - exported) / Fraction(imported + exported)
            assert row["relative_gap"] == pytest.approx(float(gap), abs=1e-8)
        else:
            assert row["log_ratio"] is None
            assert row["report_kind"] != "both"
    expected = {
        (importer, exporter, product, period)
        for direction, importer, exporter, product, period in sums
        if direction == "import"
        and sums[direction, importer, exporter, product, period][0] > 0
        and sums.get(("export", exporter, importer, product, period), [0])[0] > 0
    }
    assert both == len(expected) >= 40


def test_customs_by_year_need_twelve_months(laboratory):
    """2025 is whole in the file; 2024 and 2026 are not, and give no row."""
    sums = customs_flows()
    laboratory.fill("mirror_source_pairs", [CUSTOMS])
    laboratory.fill("int_trade__flows", as_rows(sums))
    rows = laboratory.rows("fct_mirror_gaps")
    assert {row["period"] for row in rows} == {"2025"}
    months = defaultdict(set)
    years = defaultdict(Decimal)
    for (direction, reporter, partner, product, period), (value, _) in sums.items():
        months[direction, reporter, period[:4]].add(period)
        years[direction, reporter, partner, product, period[:4]] += value
    compared = 0
    for row in rows:
        importer, exporter, product = (
            row["importer_code"],
            row["exporter_code"],
            row["product_code"],
        )
        assert len(months["import", importer, "2025"]) == 12
        assert len(months["export", exporter, "2025"]) == 12
        if row["report_kind"] == "both":
            imported = years["import", importer, exporter, product, "2025"]
            exported = years["export", exporter, importer, product, "2025"]
            assert row["log_ratio"] == pytest.approx(log(imported / exported), abs=1e-8)
            compared += 1
    assert compared >= 6


def test_taiwan_alone_has_no_mirror(laboratory):
    """Taiwan's chips have one reporter here: no partner's silence is taken for a zero."""
    rows, exported = [], defaultdict(Decimal)
    for row in shared("taiwan_exports_hs8542_2013_2025"):
        exported[row["partner_iso3"], row["hs6"], row["year"]] += Decimal(row["value_usd"])
    for (partner, product, year), value in exported.items():
        rows.append(flow("taiwan", "export", "TWN", partner, "HS2022", product, year, value))
    for row in shared("taiwan_trade_hs6_chips_2022"):
        if row["flow"] == "Imports":
            value = Decimal(row["value_kusd"]) * 1000
            rows.append(
                flow("taiwan", "import", "TWN", row["partner_iso3"], "HS2022", row["hs6"],
                     "2022", value, line_number=len(rows))
            )  # fmt: skip
    laboratory.fill(
        "mirror_source_pairs", [pair(importer_source_id="taiwan", exporter_source_id="taiwan")]
    )
    laboratory.fill("int_trade__flows", rows)
    assert laboratory.rows("fct_mirror_gaps") == []

"""A full Comext file becomes the source to go by, and bounds BACI, by its row of trade_sources. The
figures are made up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from model_laboratory import laboratory_of

laboratory = laboratory_of(
    "fct_source_agreement",
    "fct_source_bounds",
    "dim_trade_source",
    stand_ins=["int_law__import_weights", "int_trade__edition_links"],
    bundled=["trade_sources", "change_thresholds", "countries"],
)
BACI = ("baci_hs17_bilateral", "HS2017", "250490")
NORMAL, FULL = (("comext_cn8_imports", "CN2024", "25049000"),
                ("comext_bulk_monthly", "CN2024", "25049000"))  # fmt: skip


def flows(source, **millions):
    return [
        {"source_id": source[0], "nomenclature": source[1], "product_code": source[2],
         "period": "2024", "reporter_code": "EU27", "partner_code": partner,
         "partner_kind": "country", "is_eu_reporter": True, "is_intra_eu_partner": False,
         "value_eur": Decimal(value) * 1_000_000}
        for partner, value in millions.items()
    ]  # fmt: skip


@pytest.mark.parametrize("full", [False, True])
def test_the_declaration_that_leaves_nothing_out_answers_first(laboratory, full):
    rows = [*flows(BACI, CHN=5, MDG=5), *flows(NORMAL, CHN=20, MDG=1)]
    rows += flows(FULL, CHN=30, MDG=6) if full else []
    laboratory.fill("int_law__import_weights", rows)
    laboratory.fill("int_trade__edition_links", [
        {"nomenclature": one, "product_code": "250490", "linked_nomenclature": other,
         "linked_code": "250490", "link": "same", "basis": "concordance"}
        for one, other in (("HS2017", "HS2022"), ("HS2022", "HS2017"))
    ])  # fmt: skip
    rank = {row["source_id"]: row["source_rank"] for row in laboratory.rows("dim_trade_source")}
    present = sorted({row["source_id"] for row in rows}, key=rank.get)
    first, second, *_ = present
    assert (first, second) == ((FULL[0], BACI[0]) if full else (BACI[0], NORMAL[0]))
    (china,) = (
        row
        for row in laboratory.rows("fct_source_bounds")
        if (row["source_id"], row["partner_iso3"]) == (BACI[0], "CHN")
    )
    assert china["agreement"] == "sources_disagree"
    # Normal procedure alone: at least 20 of 21. All procedures: 30 of 36, and Madagascar 6.
    assert china["other_source_id"] == (FULL[0] if full else NORMAL[0])
    assert china["other_share_low"] == pytest.approx(30 / 36 if full else 20 / 21)
    if full:
        passed_over = {
            row["source_id"]
            for row in laboratory.rows("fct_source_agreement")
            if row["is_passed_over"]
        }
        assert FULL[0] not in passed_over

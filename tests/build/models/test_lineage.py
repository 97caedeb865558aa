"""Published cells, worked out again in plain Python from the lines, of the files as delivered, that
their lineage names."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import math
import random
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from reading_kit import members, rows

from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
# Value of a line in the source's currency, and its mass in kg.
VALUES = {
    "baci_hs92_bilateral": lambda row: float(row["value_kusd"]) * 1000,
    "baci_hs17_bilateral": lambda row: float(row["value_kusd"]) * 1000,
    "baci_eu27_figures": lambda row: float(row["value_kusd"]) * 1000,
    "comext_cn8_imports": lambda row: float(row["value_eur"]),
    "hmrc_imports_monthly": lambda row: float(row["value_usd"]),
    "chips_hs8542_top5_suppliers": lambda row: float(row["value_usd"]),
}


@cache
def delivered(name: str) -> tuple[str, list[str]]:
    """SHA-256 and lines of a delivered file, found by the name that the lineage gives."""
    (path,) = (
        [PROJECT_DIR / name] if name.startswith("seeds/") else list(SEEDS.rglob(Path(name).name))
    )
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    return hashlib.sha256(data).hexdigest(), text.decode("utf-8-sig").splitlines(keepends=True)


def numbers(lines: str) -> list[int]:
    """`4, 7-9` as 4, 7, 8 and 9."""
    found = []
    for part in lines.split(", "):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def raw_rows(origin: dict) -> list[dict[str, str]]:
    """The rows on the lines of one origin, as the file has them."""
    checksum, lines = delivered(origin["file_name"])
    assert checksum == origin["file_sha256"]
    wanted = numbers(origin["lines"])
    assert (min(wanted), max(wanted), len(wanted)) == (
        origin["first_line"],
        origin["last_line"],
        origin["line_count"],
    )
    header = next(csv.reader(lines))
    return [
        dict(zip(header, next(csv.reader(lines[number - 1 :])), strict=True)) for number in wanted
    ]


def lineage(connection, relation: str, key: dict) -> dict[str, list[dict]]:
    """Origins of one published row, by role."""
    text = json.dumps({name: str(value) for name, value in key.items()})
    found = defaultdict(list)
    for row in rows(
        connection, f"from reports.lineage('{relation}', '{text.replace(chr(39), chr(39) * 2)}')"
    ):
        assert row["grain"] == "line", row
        found[row["role"]].append(row)
    assert found, f"{relation} {key} has no origin"
    return found


def sampled(connection, mart, where, values="", size=3):
    """(key, other columns, origins by role) of some rows of a mart; names parted by spaces."""
    ((key,),) = connection.execute(
        "select key_columns from meta.relations where relation_name = ?", [mart]
    ).fetchall()
    columns = ", ".join([key, *values.split()])
    found = rows(connection, f"select {columns} from marts.{mart} where {where} order by all")
    assert len(found) >= size, where
    for row in random.Random(14).sample(found, size):
        others = {name: row.pop(name) for name in values.split()}
        yield row, others, lineage(connection, mart, row)


def lines(origins: dict[str, list[dict]], role: str) -> list[dict]:
    return [row for origin in origins[role] for row in raw_rows(origin)]


def value_of(origins: list[dict]) -> float:
    return math.fsum(
        VALUES[origin["table_name"]](row) for origin in origins for row in raw_rows(origin)
    )


def usd_per_eur(origins: dict[str, list[dict]]) -> float:
    """The mean of the months of the year, or the month's rate; 1 where values are in EUR."""
    rates = [float(row["usd_per_eur"]) for row in lines(origins, "exchange_rate")]
    assert len(rates) in (0, 1, 12)
    return math.fsum(rates) / len(rates) if rates else 1.0


@pytest.mark.parametrize("source", sorted(VALUES.keys() - {"chips_hs8542_top5_suppliers"}))
def test_partner_shares_come_out_of_the_lines(connection, source):
    for key, published, origins in sampled(
        connection, "fct_partner_shares",
        f"source_id = '{source}' and partner_kind = 'country' and value_share > 0.0001",
        "value_share import_value_eur",
    ):  # fmt: skip
        value, whole = value_of(origins["imports_from_partner"]), value_of(origins["imports"])
        assert value / whole == pytest.approx(published["value_share"], rel=1e-10), key
        eur = value / usd_per_eur(origins)
        assert eur == pytest.approx(published["import_value_eur"], rel=1e-10), key


def test_shares_of_the_union_are_those_of_its_members(connection):
    """Hundreds of lines of 27 reporters make one figure."""
    for key, published, origins in sampled(
        connection, "fct_partner_shares",
        "source_id = 'baci_hs92_bilateral' and reporter_code = 'EU27'"
        " and supplier_scope = 'extra_eu' and period = '2024' and supplier_rank = 1",
        "value_share", 2,
    ):  # fmt: skip
        bought = lines(origins, "imports")
        assert {row["importer_iso3"] for row in bought} <= members()
        assert members().isdisjoint(row["exporter_iso3"] for row in bought)
        share = value_of(origins["imports_from_partner"]) / value_of(origins["imports"])
        assert share == pytest.approx(published["value_share"], rel=1e-10), key


def test_concentration_comes_out_of_the_lines(connection):
    for key, published, origins in sampled(
        connection, "fct_import_concentration",
        "unknown_partner_value_share = 0 and hhi_value < 1 and reporter_code <> 'EU27'"
        " and source_id = 'baci_hs92_bilateral'", "hhi_value supplier_count",
    ):  # fmt: skip
        by_supplier = defaultdict(float)
        for row in lines(origins, "imports"):
            by_supplier[row["exporter_iso3"]] += float(row["value_kusd"])
        total = math.fsum(by_supplier.values())
        hhi = math.fsum((value / total) ** 2 for value in by_supplier.values())
        assert hhi == pytest.approx(published["hhi_value"], rel=1e-9), key
        assert sum(v > 0 for v in by_supplier.values()) == published["supplier_count"]


@pytest.mark.parametrize("indicator", ["cdi2", "import_export_ratio"])
def test_indicators_come_out_of_the_lines(connection, indicator):
    """CDI2: imports from outside the EU over all imports; import-export ratio over both sides."""
    for key, published, origins in sampled(
        connection, "fct_dependency_indicators",
        f"source_id = 'baci_hs92_bilateral' and indicator_id = '{indicator}'"
        " and not is_infinite and value is not null and reporter_code not in ('EU27', 'TWN')",
        "value",
    ):  # fmt: skip
        imports = lines(origins, "imports")
        bought = math.fsum(float(row["value_kusd"]) for row in imports)
        if indicator == "cdi2":
            inside = [row for row in imports if row["exporter_iso3"] in members()]
            ratio = 1 - math.fsum(float(row["value_kusd"]) for row in inside) / bought
        else:
            ratio = bought / (value_of(origins["exports"]) / 1000)
        assert ratio == pytest.approx(published["value"], rel=1e-9), key


def test_trade_under_measures_comes_out_of_the_lines(connection):
    for key, published, origins in sampled(
        connection, "fct_trade_under_measures",
        "state <> 'not_covered' and product_value_eur > 1000", "product_value_eur measure_ids",
    ):  # fmt: skip
        value = value_of(origins["imports_from_partner"]) / usd_per_eur(origins)
        wanted = float(published["product_value_eur"])
        assert value == pytest.approx(wanted, rel=1e-9, abs=1e-5), key
        named = {row["measure_id"] for row in lines(origins, "measure")}
        assert named == set((published["measure_ids"] or "").split("; ")) - {""}


def test_supply_risk_of_2017_comes_out_of_its_line(connection):
    for key, published, origins in sampled(
        connection, "fct_supply_risk",
        "assessment_id = 'ec2017' and supply_mode = 'global_and_eu' and supply_risk is not null",
        "supply_risk",
    ):  # fmt: skip
        ((origin,),) = origins.values()
        (row,) = raw_rows(origin)
        weight = min(max(float(row["IR_pct"]) / 100, 0), 1) / 2
        hhi = float(row["HHI_WGI_t_GS"]) * weight + float(row["HHI_WGI_t_EU28"]) * (1 - weight)
        risk = hhi * (1 - float(row["EoL_RIR_pct"]) / 100) * float(row["SI_SR"])
        assert risk == pytest.approx(published["supply_risk"], rel=1e-10), key


def test_supply_risk_of_2023_names_all_suppliers(connection):
    """The shares on the lines of global supply are those of the printed table."""
    for key, _, origins in sampled(
        connection, "fct_supply_risk",
        "assessment_id = 'ec2023' and hhi_wgi_t_global is not null",
    ):  # fmt: skip
        supply = lines(origins, "global_supply")
        assert {row["material"].lower() for row in supply} == {key["material"].lower()}
        assert 0.9 < math.fsum(float(row["share"]) for row in supply) < 1.1, key
        assert {row["year"] for row in lines(origins, "governance")} == {"2019"}


def test_states_of_the_law_name_their_act(connection):
    for key, published, origins in sampled(
        connection, "fct_measure_states",
        "true", "instrument_no act_id act_title",
    ):  # fmt: skip
        (act,) = lines(origins, "act_of_the_state")
        assert act["title"] == published["act_title"]
        assert {origin["act_id"] for origin in origins["act_of_the_state"]} == {published["act_id"]}
        if published["act_id"] != key["measure_id"]:
            (measure,) = lines(origins, "measure")
            assert measure["instrument_no"] == published["instrument_no"]
            assert key["measure_id"] in {row["target_id"] for row in lines(origins, "relation")}


def test_claims_come_out_of_the_figures_stated(connection):
    for _, claim, origins in sampled(
        connection, "fct_licence_claims",
        "applications_filed is not null and applications_approved is not null",
        "share_of_filed applications_filed applications_approved", 1,
    ):  # fmt: skip
        stated = {float(row["value"]) for row in lines(origins, "stated_figure")}
        filed, approved = (float(claim[f"applications_{name}"]) for name in ("filed", "approved"))
        assert {filed, approved} <= stated
        assert approved / filed == pytest.approx(claim["share_of_filed"], rel=1e-10)


def test_licence_durations_count_the_cases_on_the_lines(connection):
    for key, counts, origins in sampled(
        connection, "fct_licence_durations",
        "stratum_kind <> 'accepted_quarter' or n > 20", "n n_not_accepted n_not_followed",
    ):  # fmt: skip
        cases = lines(origins, "application")
        assert len(cases) == sum(counts.values())
        assert sum(not row["accepted_date"] for row in cases) == counts["n_not_accepted"]
        if key["stratum_kind"] in ("material", "route"):
            assert {row[key["stratum_kind"]] for row in cases} == {key["stratum"]}


def test_flow_continuity_comes_out_of_the_lines(connection):
    for key, published, origins in sampled(
        connection, "fct_flow_continuity",
        "coalesce(value_eur, net_mass_kg) > 0", "value_eur net_mass_kg",
    ):  # fmt: skip
        if key["source_id"] == "gacc_exports_press_figures":
            (row,) = lines(origins, "month")
            assert float(row["value"]) * 1000 == pytest.approx(published["net_mass_kg"])
        else:
            found = value_of(origins["month"]) / usd_per_eur(origins)
            assert found == pytest.approx(published["value_eur"], rel=1e-9), key
        before = [row["period"] for row in lines(origins, "months_before")]
        assert all(period <= key["period"] for period in before)


def test_commitments_name_the_promise(connection):
    for _, published, origins in sampled(
        connection, "fct_commitment_scorecard", "true", "summary fact_id"
    ):
        (promise,) = lines(origins, "commitment")
        assert promise["summary"] == published["summary"]
        (said,) = lines(origins, "where_it_was_said")
        assert published["fact_id"] in said.values()


def test_stock_cover_starts_from_the_stock_on_its_line(connection):
    for key, published, origins in sampled(
        connection, "fct_stock_cover",
        "quantity is not null and use_months > 0", "quantity use_months",
    ):  # fmt: skip
        (stock,) = lines(origins, "stock")
        assert (stock["site_id"], stock["part_id"]) == (key["site_id"], key["part_id"])
        assert float(stock["quantity"]) == float(published["quantity"])
        used = [row for row in lines(origins, "use") if row["quantity"]]
        assert len(used) >= published["use_months"]
        assert ("scenario" in origins) == (key["scenario_id"] != "base")

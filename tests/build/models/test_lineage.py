"""Published cells, worked out again from the lines of the files that their lineage names.

Plain Python on the files as they were delivered: a line that is wrong, or a file that is another
one, gives another figure.
"""

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
from published_law import rows

from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
SEED = 14
PER_MART = 6
# Value of a line in the source's currency, and its mass in kg.
VALUES = {
    "baci_hs92_bilateral": lambda row: float(row["value_kusd"]) * 1000,
    "baci_hs17_bilateral": lambda row: float(row["value_kusd"]) * 1000,
    "baci_eu27_figures": lambda row: float(row["value_kusd"]) * 1000,
    "comext_cn8_imports": lambda row: float(row["value_eur"]),
    "hmrc_imports_monthly": lambda row: float(row["value_usd"]),
    "chips_hs8542_top5_suppliers": lambda row: float(row["value_usd"]),
}


@pytest.fixture(scope="module")
def connection(full_build):
    opened = full_build.connect()
    yield opened
    opened.close()


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


def raw_rows(origin: dict, shift: int = 0) -> list[dict[str, str]]:
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
        dict(zip(header, next(csv.reader(lines[number - 1 + shift :])), strict=True))
        for number in wanted
    ]


def lineage(connection, relation: str, key: dict) -> dict[str, list[dict]]:
    """Origins of one published row, by role."""
    text = json.dumps({name: str(value) for name, value in key.items()})
    found = defaultdict(list)
    for row in rows(
        connection,
        f"from reports.lineage('{relation}', '{text.replace(chr(39), chr(39) * 2)}')",
    ):
        assert row["grain"] == "line", row
        found[row["role"]].append(row)
    assert found, f"{relation} {key} has no origin"
    return found


def sample(connection, query: str, size: int = PER_MART) -> list[dict]:
    found = rows(connection, query)
    assert len(found) >= size, query
    return random.Random(SEED).sample(found, size)


def value_of(origins: list[dict], shift: int = 0) -> float:
    return math.fsum(
        VALUES[origin["table_name"]](row) for origin in origins for row in raw_rows(origin, shift)
    )


def usd_per_eur(origins: dict[str, list[dict]]) -> float:
    """The mean of the months of the year, or the month's rate; 1 where values are in EUR."""
    rates = [float(row["usd_per_eur"]) for o in origins["exchange_rate"] for row in raw_rows(o)]
    assert len(rates) in (0, 1, 12)
    return math.fsum(rates) / len(rates) if rates else 1.0


def members() -> set[str]:
    with (SEEDS / "reference" / "eu_membership.csv").open(encoding="utf-8") as file:
        return {row["iso3"] for row in csv.DictReader(file) if not row["left_on"]}


PRODUCT = "source_id, nomenclature, product_code, period"
SHARES = f"""
select reporter_code, supplier_scope, {PRODUCT}, partner_iso3
from marts.fct_partner_shares
where
    true and source_id <> 'baci_chips_hs8542' and partner_kind = 'country'
    and value_share > 0.0001
order by all
"""


def share_of(connection, key: dict, shift: int = 0) -> tuple[float, float]:
    """(share, value in EUR) of a partner from the lines, each moved by `shift`."""
    origins = lineage(connection, "fct_partner_shares", key)
    value = value_of(origins["imports_from_partner"], shift)
    return value / value_of(origins["imports"]), value / usd_per_eur(origins)


def test_partner_shares_come_out_of_the_lines(connection):
    keys = [
        key
        for source in VALUES.keys() - {"chips_hs8542_top5_suppliers"}
        for key in sample(connection, SHARES.replace("true", f"source_id = '{source}'"), 3)
    ]
    for key in keys:
        (published,) = rows(
            connection,
            "select value_share, import_value_eur from marts.fct_partner_shares where "
            + " and ".join(f"{name} = '{value}'" for name, value in key.items()),
        )
        share, value = share_of(connection, key)
        assert share == pytest.approx(published["value_share"], rel=1e-10), key
        assert value == pytest.approx(published["import_value_eur"], rel=1e-10), key


def test_another_line_gives_another_share(connection):
    """Were the lines off by one, the tests above would say so."""
    wrong = 0
    keys = sample(connection, SHARES, 5)
    for key in keys:
        right, _ = share_of(connection, key)
        try:
            moved, _ = share_of(connection, key, shift=1)
        except (ValueError, StopIteration):
            moved = None
        wrong += moved is None or moved != pytest.approx(right, rel=1e-10)
    assert wrong == len(keys)


def test_shares_of_the_union_are_those_of_its_members(connection):
    """Hundreds of lines of 27 reporters make one figure."""
    for key in sample(
        connection,
        f"""
        select reporter_code, supplier_scope, {PRODUCT}, partner_iso3
        from marts.fct_partner_shares
        where
            source_id = 'baci_hs92_bilateral' and reporter_code = 'EU27'
            and supplier_scope = 'extra_eu' and period = '2024' and supplier_rank = 1
        order by all
        """,
        2,
    ):
        origins = lineage(connection, "fct_partner_shares", key)
        union = members()
        lines = [row for origin in origins["imports"] for row in raw_rows(origin)]
        assert {row["importer_iso3"] for row in lines} <= union
        assert union.isdisjoint(row["exporter_iso3"] for row in lines)
        (published,) = rows(
            connection,
            "select value_share from marts.fct_partner_shares where "
            + " and ".join(f"{name} = '{value}'" for name, value in key.items()),
        )
        share, _ = share_of(connection, key)
        assert share == pytest.approx(published["value_share"], rel=1e-10)


def test_concentration_comes_out_of_the_lines(connection):
    for key in sample(
        connection,
        f"""
        select reporter_code, supplier_scope, {PRODUCT}
        from marts.fct_import_concentration
        where
            unknown_partner_value_share = 0 and hhi_value < 1 and reporter_code <> 'EU27'
            and source_id = 'baci_hs92_bilateral'
        order by all
        """,
    ):
        origins = lineage(connection, "fct_import_concentration", key)
        by_supplier = defaultdict(float)
        for origin in origins["imports"]:
            for row in raw_rows(origin):
                by_supplier[row["exporter_iso3"]] += float(row["value_kusd"])
        total = math.fsum(by_supplier.values())
        (published,) = rows(
            connection,
            "select hhi_value, supplier_count from marts.fct_import_concentration where "
            + " and ".join(f"{name} = '{value}'" for name, value in key.items()),
        )
        hhi = math.fsum((value / total) ** 2 for value in by_supplier.values())
        assert hhi == pytest.approx(published["hhi_value"], rel=1e-9), key
        assert sum(v > 0 for v in by_supplier.values()) == published["supplier_count"]


def test_indicators_come_out_of_the_lines(connection):
    """CDI2: imports from outside the EU over all imports; import-export ratio over both sides."""
    union = members()
    for key in sample(
        connection,
        f"""
        select reporter_code, {PRODUCT}, indicator_id, value
        from marts.fct_dependency_indicators
        where
            source_id = 'baci_hs92_bilateral' and indicator_id in ('cdi2', 'import_export_ratio')
            and not is_infinite and value is not null and reporter_code not in ('EU27', 'TWN')
        order by all
        """,
    ):
        published = key.pop("value")
        origins = lineage(connection, "fct_dependency_indicators", key)
        imports = [row for origin in origins["imports"] for row in raw_rows(origin)]
        bought = math.fsum(float(row["value_kusd"]) for row in imports)
        if key["indicator_id"] == "cdi2":
            outside = math.fsum(
                float(row["value_kusd"]) for row in imports if row["exporter_iso3"] not in union
            )
            assert outside / bought == pytest.approx(published, rel=1e-9), key
        else:
            sold = value_of(origins["exports"]) / 1000
            assert bought / sold == pytest.approx(published, rel=1e-9), key


def test_trade_under_measures_comes_out_of_the_lines(connection):
    for key in sample(
        connection,
        f"""
        select reporter_code, partner_iso3, {PRODUCT}, claim_group, state, product_value_eur,
            measure_ids
        from marts.fct_trade_under_measures
        where state <> 'not_covered' and product_value_eur > 1000
        order by all
        """,
    ):
        published, measure_ids = key.pop("product_value_eur"), key.pop("measure_ids")
        origins = lineage(connection, "fct_trade_under_measures", key)
        value = value_of(origins["imports_from_partner"]) / usd_per_eur(origins)
        assert value == pytest.approx(float(published), rel=1e-9, abs=1e-5), key
        named = {row["measure_id"] for origin in origins["measure"] for row in raw_rows(origin)}
        assert named == set((measure_ids or "").split("; ")) - {""}


def test_supply_risk_of_2017_comes_out_of_its_line(connection):
    for key in sample(
        connection,
        """
        select assessment_id, material, stage, supply_risk
        from marts.fct_supply_risk
        where assessment_id = 'ec2017' and supply_mode = 'global_and_eu' and supply_risk is not null
        order by all
        """,
    ):
        published = key.pop("supply_risk")
        ((origin,),) = lineage(connection, "fct_supply_risk", key).values()
        (row,) = raw_rows(origin)
        weight = min(max(float(row["IR_pct"]) / 100, 0), 1) / 2
        hhi = float(row["HHI_WGI_t_GS"]) * weight + float(row["HHI_WGI_t_EU28"]) * (1 - weight)
        risk = hhi * (1 - float(row["EoL_RIR_pct"]) / 100) * float(row["SI_SR"])
        assert risk == pytest.approx(published, rel=1e-10), key


def test_supply_risk_of_2023_names_all_suppliers(connection):
    """The shares on the lines of global supply are those of the printed table."""
    for key in sample(
        connection,
        """
        select assessment_id, material, stage
        from marts.fct_supply_risk
        where assessment_id = 'ec2023' and hhi_wgi_t_global is not null
        order by all
        """,
        6,
    ):
        origins = lineage(connection, "fct_supply_risk", key)
        lines = [row for origin in origins["global_supply"] for row in raw_rows(origin)]
        assert {row["material"].lower() for row in lines} == {key["material"].lower()}
        assert 0.9 < math.fsum(float(row["share"]) for row in lines) < 1.1, key
        scores = [row for origin in origins["governance"] for row in raw_rows(origin)]
        assert {row["year"] for row in scores} == {"2019"}


def test_states_of_the_law_name_their_act(connection):
    for key in sample(
        connection,
        """
        select measure_id, clause_id, destination, user_type, claim_group, valid_from, known_from,
            instrument_no, act_id, act_title
        from marts.fct_measure_states
        order by all
        """,
    ):
        published = {name: key.pop(name) for name in ("instrument_no", "act_id", "act_title")}
        origins = lineage(connection, "fct_measure_states", key)
        (act,) = [row for origin in origins["act_of_the_state"] for row in raw_rows(origin)]
        assert act["title"] == published["act_title"]
        assert {origin["act_id"] for origin in origins["act_of_the_state"]} == {published["act_id"]}
        if published["act_id"] != key["measure_id"]:
            (measure,) = [row for origin in origins["measure"] for row in raw_rows(origin)]
            assert measure["instrument_no"] == published["instrument_no"]
            targets = [row for origin in origins["relation"] for row in raw_rows(origin)]
            assert key["measure_id"] in {row["target_id"] for row in targets}


def test_claims_come_out_of_the_figures_stated(connection):
    claims = rows(
        connection,
        """
        select claim_id, share_of_filed, applications_filed, applications_approved
        from marts.fct_licence_claims
        where applications_filed is not null and applications_approved is not null
        order by all
        """,
    )
    assert claims
    for claim in claims:
        origins = lineage(connection, "fct_licence_claims", {"claim_id": claim["claim_id"]})
        stated = {
            row["indicator"]: float(row["value"])
            for origin in origins["stated_figure"]
            for row in raw_rows(origin)
        }
        assert float(claim["applications_filed"]) in stated.values()
        assert claim["applications_approved"] / claim["applications_filed"] == pytest.approx(
            claim["share_of_filed"], rel=1e-10
        )
        assert float(claim["applications_approved"]) in stated.values()


def test_licence_durations_count_the_cases_on_the_lines(connection):
    for key in sample(
        connection,
        """
        select data_origin, as_of_date, stratum_kind, stratum, clock, n, n_not_accepted,
            n_not_followed
        from marts.fct_licence_durations
        where stratum_kind <> 'accepted_quarter' or n > 20
        order by all
        """,
        8,
    ):
        counts = {name: key.pop(name) for name in ("n", "n_not_accepted", "n_not_followed")}
        (origin,) = lineage(connection, "fct_licence_durations", key)["application"]
        cases = raw_rows(origin)
        assert len(cases) == sum(counts.values())
        assert sum(not row["accepted_date"] for row in cases) == counts["n_not_accepted"]
        if key["stratum_kind"] in ("material", "route"):
            assert {row[key["stratum_kind"]] for row in cases} == {key["stratum"]}


def test_flow_continuity_comes_out_of_the_lines(connection):
    for key in sample(
        connection,
        f"""
        select measure_id, reporter_code, partner_code, flow, {PRODUCT}, value_eur, net_mass_kg
        from marts.fct_flow_continuity
        where coalesce(value_eur, net_mass_kg) > 0
        order by all
        """,
    ):
        value, mass = key.pop("value_eur"), key.pop("net_mass_kg")
        origins = lineage(connection, "fct_flow_continuity", key)
        if key["source_id"] == "gacc_exports_press_figures":
            (row,) = [row for origin in origins["month"] for row in raw_rows(origin)]
            assert float(row["value"]) * 1000 == pytest.approx(mass)
        else:
            found = value_of(origins["month"]) / usd_per_eur(origins)
            assert found == pytest.approx(value, rel=1e-9), key
        before = [row["period"] for o in origins["months_before"] for row in raw_rows(o)]
        assert all(period <= key["period"] for period in before)


def test_commitments_name_the_promise(connection):
    for key in sample(
        connection,
        """
        select commitment_id, period, summary, fact_id
        from marts.fct_commitment_scorecard
        order by all
        """,
    ):
        summary, fact_id = key.pop("summary"), key.pop("fact_id")
        origins = lineage(connection, "fct_commitment_scorecard", key)
        (promise,) = [row for origin in origins["commitment"] for row in raw_rows(origin)]
        assert promise["summary"] == summary
        (said,) = [row for origin in origins["where_it_was_said"] for row in raw_rows(origin)]
        assert fact_id in said.values()


def test_stock_cover_starts_from_the_stock_on_its_line(connection):
    for key in sample(
        connection,
        """
        select scenario_id, data_origin, graph_origin, graph_id, site_id, part_id, quantity_basis,
            arrivals_case, quantity, use_months
        from marts.fct_stock_cover
        where quantity is not null and use_months > 0
        order by all
        """,
        8,
    ):
        quantity, months = key.pop("quantity"), key.pop("use_months")
        origins = lineage(connection, "fct_stock_cover", key)
        (stock,) = [row for origin in origins["stock"] for row in raw_rows(origin)]
        assert (stock["site_id"], stock["part_id"]) == (key["site_id"], key["part_id"])
        assert float(stock["quantity"]) == float(quantity)
        used = [row for origin in origins["use"] for row in raw_rows(origin) if row["quantity"]]
        assert len(used) >= months
        assert ("scenario" in origins) == (key["scenario_id"] != "base")

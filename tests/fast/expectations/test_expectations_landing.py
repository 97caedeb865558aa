"""The landing suites on the bundled data, whole and damaged, and which vintage they read."""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest

from chokepoint.landing.producers import gacc, hmrc
from chokepoint.landing.producers.baci import BILATERAL
from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import PROJECT_DIR, Settings
from expectations import runner
from expectations.suites import NOTHING_QUARANTINED

# Sources of which nothing is bundled -> columns, and rows of them that break a claim.
DELIVERED = {
    **{
        contract.source_id: (
            "year, exporter_iso3, importer_iso3, hs6, value_kusd, quantity_t",
            {
                "eu_reporters_are_there": "values (2024, 'ZAF', 'DEU', '711011', 300, null)",
                "few_rows_without_quantity": "values (2024, 'ZAF', 'DEU', '711011', 300, null)",
            },
        )
        for contract in BILATERAL
        if contract.file_pattern is None
    },
    **{
        contract.source_id: (
            "period, regime_code, value_usd, value_cny",
            dict.fromkeys(
                ("one_currency_per_month", "regimes_in_all_rows_or_none"),
                "values ('2026-01', '10', 5, null), ('2026-01', '-', null, 5)",
            ),
        )
        for contract in gacc.CONTRACTS
    },
    "comext_bulk_monthly": ("period, reporter, trade_type, value_eur", {
        "at_most_the_members_report":
            "select '2025-07', 'X' || number, 'E', 1 from range(29) as rows(number)",
    }),
    **{
        # The world and a partner that exceeds it.
        source_id: (
            f"{period}, classification, reporter, partner, second_partner, flow, hs6, "
            "customs_procedure, transport_mode, supply_mode, value_usd",
            {"partners_within_the_world": ", ".join(
                f"({when}, 'H6', 'DEU', '{partner}', 'W00', 'M', '280530', 'C00', '0', '0', {usd})"
                for partner, usd in (("W00", 10), ("CHN", 11))
            ).join(["values ", ""])},
        )
        for source_id, period, when in (
            ("comtrade_monthly", "period", "'2024-03'"), ("comtrade_annual", "year", "2024"),
        )
    },
    "comext_sdmx_monthly": ("period, reporter", {
        "union_not_beside_members": "values ('2024-03', 'DE'), ('2024-03', 'EU27')",
    }),
    "comext_sdmx_hs6_monthly": ("period, reporter", {
        "every_member_reports": "select '2024-03', 'M' || n from range(26) as r (n)",
    }),
    "hmrc_ots_monthly": ("period, flow_type", {"months_have_imports": "values ('2024-03', '4')"}),
    **{
        contract.source_id: ("period, partner, origin, value_gbp", {
            "most_value_has_a_country":
                "values ('2024-03', 'CN', null, 4), ('2024-03', 'QX', null, 6)",
        })
        for contract in (hmrc.BULK_IMPORTS_MONTHLY, hmrc.BULK_EXPORTS_MONTHLY)
    },
    "us_census_imports_monthly": ("period, country_code, country_name", {
        "one_name_per_code": "values ('2024-03', '5700', 'CHINA'), ('2024-03', '5700', 'BURMA')",
    }),
}  # fmt: skip
DELIVERED["baci_hs22_bilateral"][1]["platinum_price_in_thousand_usd"] = (
    "values (2024, 'ZAF', 'DEU', '711011', 30, 1)"
)
# Source, claim, and what happens to the delivery so that it must notice.
with Path(__file__).with_name("landing_damages.csv").open(encoding="utf-8") as file:
    DAMAGES = [tuple(row.values()) for row in csv.DictReader(file)]


def damages() -> Iterator[tuple[str, str, str]]:
    """(source, claim, what happens to the delivery)"""
    for source_id, (columns, rows) in DELIVERED.items():
        come = f"insert into landing.deliveries values ('{source_id}', 'v', 3)"
        for claim, query in rows.items():
            yield source_id, claim, f"{come}; insert into {{t}} ({columns}) {query}"
    yield "scenarios", "nothing_quarantined", "update landing.deliveries set quarantined_count = 3"
    yield from DAMAGES


@pytest.fixture(scope="module")
def bundled() -> Iterator[duckdb.DuckDBPyConnection]:
    """The bundled raw files as landing types them, without going through landing."""
    con = duckdb.connect()
    con.execute("create schema landing")
    con.execute(
        "create table landing.deliveries (source_id varchar, vintage varchar, "
        "quarantined_count bigint)"
    )
    for source_id, contract in CONTRACTS.items():
        declared = ", ".join(f"{one.name} {one.duckdb_type}" for one in contract.columns)
        con.execute(f"create table landing.{source_id} ({declared})")
        if contract.file_pattern:
            path = str(PROJECT_DIR / "seeds" / "deliveries" / contract.file_pattern)
            con.execute(
                f"insert into landing.{source_id} by name "
                "from read_csv(?, all_varchar = true, header = true, union_by_name = true)",
                [path],
            )
            con.execute("insert into landing.deliveries values (?, 'v', 0)", [source_id])
    yield con
    con.close()


@cache
def suites() -> dict[str, runner.Suite]:
    return {suite.name: suite for suite in runner.load_suites("landing")}


def test_every_landing_source_has_a_suite():
    assert set(suites()) == set(CONTRACTS)
    assert all(NOTHING_QUARANTINED in suite.expectations for suite in suites().values())


@pytest.mark.parametrize(("source_id", "claim", "damage"), [*damages()])
def test_damage_is_noticed(source_id, claim, damage, bundled):
    suite = suites()[source_id]
    (one,) = [one for one in suite.expectations if one.claim == claim]
    bundled.execute("begin")
    try:
        bundled.execute(damage.format(t=f"landing.{source_id}"))
        (result,) = runner.run_suites(bundled, [suite.model_copy(update={"expectations": [one]})])
    finally:
        bundled.execute("rollback")
    assert result.status == ("fail" if one.severity == "error" else "warn"), result
    assert result.observed


def deliver(
    settings: Settings, vintage: str, known_on: str, landed_at: str, rates: dict[str, float]
) -> None:
    """Write one landed delivery of exchange rates: period (a year) -> rate of its months."""
    folder = settings.landing_dir
    entries = []
    for year, rate in rates.items():
        path = folder / "ecb_exchange_rates" / year / f"{vintage}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        quoted = str(path).replace("'", "''")
        duckdb.execute(
            f"copy (select '{year}-' || lpad(i::varchar, 2, '0') as period,"
            f" {rate}::decimal(12, 6) as usd_per_eur from range(1, 13) as numbers(i))"
            f" to '{quoted}' (format parquet)"
        )
        entries.append(
            {
                "source_id": "ecb_exchange_rates", "period": year, "vintage": vintage,
                "file_name": "ecb.csv.gz", "known_on": known_on, "landed_at": landed_at,
                "row_count": 12, "quarantined_count": 0,
                "parquet_path": path.relative_to(folder).as_posix(), "encoding": "",
                "file_sha256": "", "file_size_bytes": 0, "contract_fingerprint": "",
            }
        )  # fmt: skip
    manifest = folder / "_manifest" / "ecb_exchange_rates" / f"{vintage}.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps(entries), encoding="utf-8")


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("CHOKEPOINT_EXPECTATION_SCOPE", "fixture")
    return Settings(data_dir=tmp_path / "it's data")


def by_claim(settings: Settings) -> dict[str, tuple[str, str | None]]:
    results = runner.run_landing(settings, ["ecb_exchange_rates"])
    return {r.check_name.partition("__")[2]: (r.status, r.observed) for r in results}


def test_latest_vintage_of_each_period_is_read(settings):
    """The newer delivery has one year only: the other year still comes from the older one."""
    deliver(settings, "a", "2026-01-01", "2026-01-02T00:00:00Z", {"2023": 1.1, "2024": 9.0})
    assert by_claim(settings)["rate_between_half_and_two"][0] == "fail"
    deliver(settings, "b", "2026-06-01", "2026-06-02T00:00:00Z", {"2024": 1.12})
    found = by_claim(settings)
    assert found["rate_between_half_and_two"] == ("pass", "1.1 to 1.12; none of 24 rows against it")
    assert found["one_row_per_month"][0] == "pass"
    assert found["years_2010_to_2025"][0] == "skipped"
    # Of the same knowledge date the later landing wins, whatever the names.
    deliver(settings, "0", "2026-06-01", "2026-06-03T00:00:00Z", {"2024": 9.0})
    assert by_claim(settings)["rate_between_half_and_two"][0] == "fail"


def test_a_source_without_delivery_or_file_is_an_error(settings):
    found = by_claim(settings)
    status, observed = found["rate_between_half_and_two"]
    assert status == "error"
    assert "nothing has landed" in observed
    assert "pass" not in {status for status, _ in found.values()}
    deliver(settings, "a", "2026-01-01", "2026-01-02T00:00:00Z", {"2024": 1.1})
    next(settings.landing_dir.glob("ecb_exchange_rates/*/*.parquet")).unlink()
    status, observed = by_claim(settings)["rate_between_half_and_two"]
    assert status == "error"
    assert "cannot be read" in observed

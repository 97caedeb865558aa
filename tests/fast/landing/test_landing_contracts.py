"""Contracts and registry: the promises producers' files keep."""

import dataclasses
import datetime as dt

import landing_kit as kit
import pytest

from chokepoint.errors import ChokepointError
from chokepoint.landing import registry
from chokepoint.landing.contracts import Check
from chokepoint.landing.registry import CONTRACTS, identify
from chokepoint.settings import PROJECT_DIR, Settings

# Tables that landing keeps about itself.
OWN_TABLES = {"deliveries", "quarantined_rows"}


def test_key_is_made_of_columns():
    """A key over a column that is not there would let duplicates through."""
    for contract in CONTRACTS.values():
        assert contract.key
        assert set(contract.key) <= set(contract.column_names)
        assert len(set(contract.column_names)) == len(contract.columns)
        # A table kept by hand has more slips than a producer's.
        most = 0.2 if contract.kept_by_hand else 0.01
        assert 0 <= contract.max_quarantine_share <= most, contract.source_id


def test_a_header_that_sources_share_names_none_of_them(tmp_path):
    """A file without a telling name would land under the wrong source."""
    by_header = {}
    for contract in CONTRACTS.values():
        by_header.setdefault(tuple(sorted(contract.column_names)), []).append(contract.source_id)
    for number, (header, sources) in enumerate(by_header.items()):
        path = kit.deliver(tmp_path / f"{number}.csv", [], list(header))
        if len(sources) == 1:
            assert identify(path) == sources[0]
            continue
        with pytest.raises(ChokepointError, match=f"that of {len(sources)} sources"):
            identify(path)
    # Editions of one producer, levels of one data set, flows: only the name tells.
    shared = [sources for sources in by_header.values() if len(sources) > 1]
    names = [source_id.split("_")[0] for (source_id, *_) in shared]
    assert names == ["baci", "comext", "gacc", "hmrc"]


def test_every_bundled_delivery_belongs_to_exactly_one_source():
    """A bundled file nobody claims would be missing from the warehouse without a word."""
    claimed = [path for _, path in registry.bundled_files(Settings())]
    assert sorted(claimed) == sorted((PROJECT_DIR / "seeds" / "deliveries").iterdir())


def test_identify_by_name_then_by_header(tmp_path):
    named = kit.deliver_bytes(tmp_path / "hmrc_imports_monthly-2026-07.csv", b"whatever\n")
    assert identify(named) == "hmrc_imports_monthly"
    plain = kit.deliver(tmp_path / "download (3).csv.gz", [], list(reversed(kit.HEADER)))
    assert identify(plain) == "hmrc_imports_monthly"
    assert identify(plain, "comext_cn8_imports") == "comext_cn8_imports"
    other = kit.deliver_bytes(tmp_path / "x.csv", ",".join(kit.HEADER).encode("utf-16"))
    assert identify(other, encoding="utf-16") == "hmrc_imports_monthly"
    with pytest.raises(ChokepointError, match="did you mean comext_cn8_imports"):
        identify(plain, "comext_cn8_import")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        # Of ten headers the user wants to see the one that was meant.
        ("july.csv", b"period,USD_per_eur,note\n2026-07,1.1,x\n",
         "nearest source: ecb_exchange_rates .period,usd_per_eur.(?s:.*)"
         "missing columns: usd_per_eur; unknown columns: USD_per_eur, note"),
        ("x.csv", b"PK\x03\x04rest", "a workbook"),
        ("x.csv", b"period,usd_per_\xe9ur\\n", "the header is not UTF-8"),
        ("x.csv.gz", b"period,usd_per_eur\n", "not a sound gzip file"),
    ],
)  # fmt: skip
def test_what_no_source_has_is_told_with_the_nearest_or_as_what_it_is(
    tmp_path, name, content, words
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ChokepointError, match=words):
        identify(tmp_path / name)


# Two days on: a run that begins before midnight may come here after it.
@pytest.mark.parametrize(
    "day", [dt.date(1994, 12, 31), registry.default_known_on() + dt.timedelta(days=2)]
)
def test_known_on_is_a_day_that_can_be(day):
    with pytest.raises(ChokepointError, match=f"--known-on {day} is not a day from 1995-01-01"):
        registry.check_known_on(day)


def test_fingerprint_changes_with_rules_and_not_with_words_about_the_source():
    """A tighter check must re-land a file; a new title must not."""

    def fingerprint(contract, encoding="utf-8"):
        return registry.contract_fingerprint(contract, Settings(), encoding)

    start = fingerprint(kit.HMRC)
    assert start == fingerprint(dataclasses.replace(kit.HMRC, title="other"))
    column = dataclasses.replace(kit.HMRC.columns[-1], checks=(Check("true", "a", "b"),))
    changed = dataclasses.replace(kit.HMRC, columns=(*kit.HMRC.columns[:-1], column))
    assert len({start, fingerprint(changed), fingerprint(kit.HMRC, "cp1252")}) == 3


def test_unreadable_reference_lists_are_named(tmp_path):
    with pytest.raises(ChokepointError, match=r"countries\.csv"):
        registry.known_codes(Settings(project_dir=tmp_path), "wmd_production")


def test_dbt_sources_are_the_contracts_with_their_columns_and_types():
    """A source without a contract would be an empty view for ever."""
    described = {
        table["name"]: [(column["name"], column["data_type"]) for column in table["columns"]]
        for table in registry.staged_tables(PROJECT_DIR, "sources:")
        if table["name"] not in OWN_TABLES
    }
    assert described == {
        source_id: [(column.name, column.duckdb_type) for column in contract.columns]
        for source_id, contract in CONTRACTS.items()
    }

"""The fast way of landing: whatever a file holds, it lands as the careful way would land it."""

from __future__ import annotations

import datetime as dt
import gzip

import duckdb
import landing_formats_kit as formats
import landing_kit as kit
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

from chokepoint.errors import ChokepointError
from chokepoint.landing import delivery, onepass
from chokepoint.landing import land as landing
from chokepoint.landing.producers.comext import BULK_MONTHLY
from chokepoint.landing.producers.hmrc import IMPORTS_MONTHLY
from chokepoint.settings import Settings

KNOWN_ON = dt.date(2026, 12, 1)


@pytest.fixture
def taken(monkeypatch):
    """What the fast way made of each text since: True where it landed it."""
    made = []
    real = onepass.read_good_rows

    def read(*arguments):
        files = real(*arguments)
        made.append(files is not None)
        return files

    monkeypatch.setattr(onepass, "read_good_rows", read)
    return made


def typed_rows(settings, source_id):
    """Every Parquet file: names and types of its columns, and its rows in their order."""
    files = sorted((settings.landing_dir / source_id).glob("*/*.parquet"))
    return {
        file.parent.name: (
            duckdb.execute("describe select * from read_parquet(?)", [str(file)]).fetchall(),
            duckdb.execute("select * from read_parquet(?)", [str(file)]).fetchall(),
        )
        for file in files
    }


def manifest(settings, source_id):
    """The manifest without what the day and the writer of Parquet decide."""
    skipped = ("landed_at", "parquet_size_bytes", "parquet_sha256")
    return [
        {key: value for key, value in record.items() if key not in skipped}
        for record in kit.manifests(settings, source_id)
    ]


def land_both_ways(path, contract, folder, monkeypatch, piece_bytes=64):
    """What has landed by either way, or the words of the refusal."""
    outcomes = []
    for way, least in (("careful", 1 << 60), ("fast", 0)):
        monkeypatch.setattr(onepass, "LEAST_BYTES", least)
        monkeypatch.setattr(onepass, "piece_bytes", lambda *_: piece_bytes)
        monkeypatch.setattr(delivery, "_CHUNK_BYTES", 4 * piece_bytes)
        settings = Settings(data_dir=folder / way)
        try:
            landing.land(path, contract, settings, known_on=KNOWN_ON)
            outcomes.append(
                (
                    typed_rows(settings, contract.source_id),
                    kit.quarantined(settings, contract.source_id),
                    manifest(settings, contract.source_id),
                )
            )
        except ChokepointError as error:
            outcomes.append(error.what.replace(f"{folder / way}", ""))
    return outcomes


BROKEN = st.sampled_from(
    [
        ("2024-01", "050510", "XYZ", "1.5", "1"), ("2024-13", "050510", "CHN", "1.5", "1"),
        ("2024-01", "770510", "CHN", "1.5", "1"), ("2024-01", "050510", "CHN", "-1", "1"),
        ("2024-01", "050510", "CHN", "1_0", "1"), ("2024-01", "050510", "CHN", "", "1"),
        ("2024-01", "050510", "", "1", "1"), ("2024-01", "050510", " ", "1", "1"),
        ("2024-01", "050510", "CHN", "1e3", "1"), ("2024-01", "050510", "CHN", "1.5", "1", "2"),
        ("2024-01", "050510", "CHN"), ("2024-01", "050510", '"CHN"', "1.5", "1"),
        ("2024-01", "050510", '"C\nHN"', "1.5", "1"), ("",),
        ("2024-01", "050510", "CHN", "7", "7"), ("2024-01", "050510", "CHN", "7", "8"),
    ]
)  # fmt: skip


@tried(10)
@given(
    count=st.integers(1, 60), broken=st.lists(st.tuples(st.integers(0, 60), BROKEN), max_size=2),
    newline=st.sampled_from(["\n", "\r\n"]), ends=st.booleans(),
    mark=st.sampled_from(["", "\ufeff"]), zipped=st.booleans(),
    piece_bytes=st.sampled_from([16, 100, 5000]),
)  # fmt: skip
def test_both_ways_agree(
    tmp_path_factory, monkeypatch, count, broken, newline, ends, mark, zipped, piece_bytes
):
    """Rows, their order, line numbers and the words of a refusal; else a file's size would decide
    what it means."""
    folder = tmp_path_factory.mktemp("ways")
    lines = [",".join(kit.HEADER), *(",".join(row) for row in kit.good_rows(count))]
    for place, row in broken:
        lines.insert(1 + place % len(lines), ",".join(row))
    text = mark + newline.join(lines) + (newline if ends else "")
    path = folder / ("hmrc_imports_monthly.csv" + (".gz" if zipped else ""))
    content = text.encode()
    path.write_bytes(gzip.compress(content) if zipped else content)
    careful, fast = land_both_ways(path, IMPORTS_MONTHLY, folder, monkeypatch, piece_bytes)
    assert careful == fast


def test_good_rows_take_the_fast_way(tmp_path, monkeypatch, taken):
    """If it always gave up, all would be right and slow."""
    path = kit.deliver(tmp_path / "hmrc_imports_monthly.csv", kit.good_rows(500))
    careful, fast = land_both_ways(path, IMPORTS_MONTHLY, tmp_path, monkeypatch)
    assert careful == fast
    assert taken == [False, True]


@pytest.mark.parametrize(
    ("place", "mass"), [(0, None), (2046, None), (2047, "77"), (2048, None), (4999, "77")]
)
def test_repeated_key_is_found_wherever_it_sorts(tmp_path, monkeypatch, taken, place, mass):
    """Neighbours may lie in two row groups of the Parquet file."""
    monkeypatch.setattr(
        onepass, "PARQUET_OPTIONS", onepass.PARQUET_OPTIONS + ", row_group_size 2048"
    )
    rows = [["2024-01", f"{10_000 + number:06}", "CHN", "1.5", "1"] for number in range(5000)]
    again = list(rows[place])
    if mass:
        again[4] = mass
    path = kit.deliver(tmp_path / "hmrc_imports_monthly.csv", [*reversed(rows), again])
    careful, fast = land_both_ways(path, IMPORTS_MONTHLY, tmp_path, monkeypatch, 1 << 16)
    assert careful == fast
    assert taken == [False, False]
    assert len(fast[1]) == (2 if mass else 1)


def test_a_month_of_comext_takes_the_fast_way(tmp_path, monkeypatch, taken):
    """With rules that leave rows out, confidential codes that repeat a key, and 18 columns."""
    rows = [
        formats.comext_row(product=product, partner=partner, flow=flow, value=value)
        for value, (product, partner, flow) in enumerate(
            (product, partner, flow)
            for product in ("85051110", "28053010", "81129289", "39XXXXXX", "39XXXXXX")
            for partner in ("CN", "US", "QZ", "XK", "NA")
            for flow in ("1", "2")
        )
    ]
    path = formats.comext_text(tmp_path / "full_202401.dat", rows)
    careful, fast = land_both_ways(path, BULK_MONTHLY, tmp_path, monkeypatch)
    assert careful == fast
    assert taken == [False, True]
    ((_, landed),) = fast[0].values()
    assert len(landed) == len(rows)


@pytest.mark.parametrize(
    "left_out",
    [
        [{"period": "202452"}],
        [
            {"period": "202452"}, {"partner": "EU27_2020"}, {"partner": "EU"}, {"reporter": "EU"},
            {"partner": "XI", "trade_type": "L"}, {"product": "TOTAL"}, {"product": "85"},
            {"product": "85"}, {"partner": "QQ"},
            {"period": "202452", "product": "TOTAL", "reporter": "EU"},
        ],
        # What would be a fault is none in a row that is left out.
        [{"product": "85", "value": -1}, {"period": "202452", "partner": "??"}],
    ],
)  # fmt: skip
def test_rows_to_leave_out_stay_on_the_fast_way(tmp_path, monkeypatch, taken, left_out):
    """A single yearly sum among millions of rows must not make the month four times as slow."""
    rows = [
        formats.comext_row(partner="QR"), formats.comext_row(),
        *(formats.comext_row(**row) for row in left_out), formats.comext_row(flow="2"),
    ]  # fmt: skip
    path = formats.comext_text(tmp_path / "full_202401.dat", rows)
    careful, fast = land_both_ways(path, BULK_MONTHLY, tmp_path, monkeypatch)
    assert careful == fast
    assert taken == [False, True]
    ((_, landed),) = fast[0].values()
    assert len(landed) == 3
    assert sum(fast[2][0]["left_out"].values()) == len(left_out)


@pytest.mark.parametrize(
    "rows",
    [
        # A whole without its parts lands.
        [{}, {"partner": "QQ"}],
        # A fault beside a row that is left out.
        [{}, {"period": "202452"}, {"value": -1}],
        # Nothing is left.
        [{"period": "202452"}],
        [{"product": "85"}],
    ],
)
def test_what_rules_alone_do_not_explain_takes_the_careful_way(tmp_path, monkeypatch, taken, rows):
    path = formats.comext_text(
        tmp_path / "full_202401.dat", [formats.comext_row(**row) for row in rows]
    )
    careful, fast = land_both_ways(path, BULK_MONTHLY, tmp_path, monkeypatch)
    assert careful == fast
    assert taken == [False, False]

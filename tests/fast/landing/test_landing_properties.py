"""Laws of landing that hold for any delivery."""

import dataclasses
import datetime as dt
import random
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

import landing_kit as kit
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried

from chokepoint.settings import Settings

LENIENT = dataclasses.replace(kit.HMRC, max_quarantine_share=1.0)

# Few months, since each is a file; the figures vary freely.
months = st.sampled_from(["1999-12", "2024-01", "2025-10"])
SURE_ROW = ["2001-01", "850511", "CHN", "1.000", "1.000"]
LAST_ROW = ["2001-02", "850511", "CHN", "1.000", "1.000"]
codes = st.builds(
    "{:02}{:04}".format, st.integers(1, 97).filter(lambda c: c != 77), st.integers(0, 9999)
)
figures = st.decimals(0, 10**12, places=3).map(str)
rows = st.tuples(months, codes, st.sampled_from(kit.PARTNERS), figures, figures).map(list)
deliveries = st.lists(rows, min_size=1, max_size=40, unique_by=lambda row: tuple(row[:3]))

# Each turns one good row into one bad line, which stays a line of its own.
CORRUPTIONS = {
    "too many": lambda row: ",".join([*row, "9"]),
    "too few": lambda row: ",".join(row[:-1]),
    "text in a number": lambda row: ",".join([*row[:3], "n/a", row[4]]),
    "negative": lambda row: ",".join([*row[:3], "-1", row[4]]),
    "unknown code": lambda row: ",".join([*row[:2], "XXX", *row[3:]]),
    "short code": lambda row: ",".join([row[0], row[1][:5], *row[2:]]),
    "chapter 77": lambda row: ",".join([row[0], "77" + row[1][2:], *row[2:]]),
    "bad month": lambda row: ",".join(["2024-13", *row[1:]]),
    "empty": lambda row: ",".join([*row[:4], ""]),
    "not utf-8": lambda row: ",".join([*row[:2], "C\udce9E", *row[3:]]),
    "quote inside": lambda row: ",".join([row[0], f'"{row[1]}"x', *row[2:]]),
}


def typed(row: list[str]) -> tuple:
    return (*row[:3], Decimal(row[3]), Decimal(row[4]))


@tried(10)
@given(deliveries, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_good_rows_come_back_as_they_were(delivered, newline, gzipped, bom):
    """Landing then reading gives the same rows, each with its line in the file."""
    with tempfile.TemporaryDirectory() as folder:
        where = Settings(data_dir=Path(folder) / "data")
        content = kit.to_csv(delivered, newline=newline).encode("utf-8-sig" if bom else "utf-8")
        path = kit.deliver_bytes(Path(folder) / ("x.csv.gz" if gzipped else "x.csv"), content)
        report = kit.land(path, where)
        expected = [(*typed(row), line) for line, row in enumerate(delivered, start=2)]
        assert sorted(kit.landed_rows(where)) == sorted(expected)
        assert report.rows_landed == len(delivered)


@tried(10)
@given(
    deliveries, st.lists(st.sampled_from(sorted(CORRUPTIONS)), min_size=1, max_size=20),
    st.randoms(use_true_random=False), st.booleans(),
)  # fmt: skip
def test_rows_in_are_rows_landed_plus_rows_quarantined(delivered, faults, rng, blank_lines):
    """No row vanishes, no good row is lost to a bad neighbour, and lines are the file's."""
    chosen = dict(zip(rng.sample(range(len(delivered)), len(delivered)), faults, strict=False))
    # One row that is surely good: a delivery without any is refused.
    lines = [",".join(kit.HEADER), ",".join(SURE_ROW)]
    good, bad = {2: typed(SURE_ROW)}, set()
    for number, row in enumerate(delivered):
        if blank_lines and rng.random() < 0.2:
            lines.append("")
        if number in chosen:
            lines.append(CORRUPTIONS[chosen[number]](row))
            bad.add(len(lines))
        else:
            lines.append(",".join(row))
            good[len(lines)] = typed(row)
    # A last row with too few fields would be a file that is cut off.
    lines.append(",".join(LAST_ROW))
    good[len(lines)] = typed(LAST_ROW)
    content = ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory() as folder:
        where = Settings(data_dir=Path(folder) / "data")
        path = kit.deliver_bytes(Path(folder) / "x.csv", content)
        report = kit.land(path, where, LENIENT)
        assert report.rows_landed == len(good)
        assert report.rows_landed + report.rows_quarantined == len(delivered) + 2
        assert {row[-1]: row[:-1] for row in kit.landed_rows(where)} == good
        found = kit.quarantined(where)
        assert {row[0] for row in found} == bad
        assert all(reason and remedy for _, _, _, reason, remedy, _ in found)


@tried(10)
@given(deliveries, st.data())
def test_repeats_keep_the_first_and_conflicts_keep_none(delivered, data):
    """Which of two figures is right is not for landing to guess."""
    picks = data.draw(st.lists(st.sampled_from(delivered), max_size=10))
    twists = data.draw(st.lists(st.booleans(), min_size=len(picks), max_size=len(picks)))
    extra = [[*row[:3], "7.777" if twist else row[3], row[4]] for row, twist in
             zip(picks, twists, strict=True)]  # fmt: skip
    everything = [SURE_ROW, *delivered, *extra]
    random.Random(0).shuffle(everything)
    by_key: dict[tuple, list] = {}
    for row in everything:
        by_key.setdefault(tuple(row[:3]), []).append(typed(row))
    expected = [found[0] for found in by_key.values() if len(set(found)) == 1]
    with tempfile.TemporaryDirectory() as folder:
        where = Settings(data_dir=Path(folder) / "data")
        path = kit.deliver(Path(folder) / "x.csv", everything)
        report = kit.land(path, where, LENIENT)
        assert Counter(row[:-1] for row in kit.landed_rows(where)) == Counter(expected)
        assert report.rows_landed + report.rows_quarantined == len(everything)


@tried(5)
@given(st.lists(deliveries, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_order_and_repetition_of_deliveries_do_not_matter(batches, rng):
    """The same files, landed in any order and any number of times, give the same folder."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            kit.deliver(Path(folder) / f"{number}.csv", batch)
            for number, batch in enumerate(batches)
        ]
        days = {path: kit.KNOWN_ON + dt.timedelta(days=n) for n, path in enumerate(paths)}
        # Two equal files are one delivery, known from the day on which it first landed.
        unique = {path.read_bytes(): path for path in reversed(paths)}
        once, many = (Settings(data_dir=Path(folder) / name) for name in ("once", "many"))
        for path in unique.values():
            kit.land(path, once, known_on=days[path])
        again = [*unique.values(), *rng.choices([*unique.values()], k=3)]
        rng.shuffle(again)
        for path in again:
            kit.land(path, many, known_on=days[path])
        assert kit.tree(once, without_times=True) == kit.tree(many, without_times=True)

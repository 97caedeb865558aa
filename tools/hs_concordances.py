"""Cuts the concordances of HS editions (`python -m tools.hs_concordances PATH` of the producer's
hs_concordances.csv.gz) down to what listed or traded codes need. Paths from each are followed in
one direction of time, to HS 1992 and 2022. Rows on them keep the number of codes that both meet in
the whole table, which says what a link is. Heading 8549 (waste, HS 2022) is neither followed nor
counted."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from chokepoint.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
TARGET = SEEDS / "reference" / "hs_concordances.csv"
HEADER = (
    "edition_before", "hs6_before", "edition_after", "hs6_after", "relationship",
    "codes_after", "codes_before",
)  # fmt: skip
OLDEST, NEWEST, WASTE = 1992, 2022, "8549"
# File -> column and edition of its codes; longer codes stand for their first six digits.
CODES = {
    "measures/measure_scope.csv": [("hs6", NEWEST)],
    "measures/cn8_crosswalk.csv": [("cn8_2025", NEWEST)],
    "reference/material_codes.csv": [("hs6", 2017), ("cn8", NEWEST)],
    "deliveries/baci_hs92_bilateral.csv.gz": [("hs6", OLDEST)],
    "deliveries/baci_hs17_bilateral.csv.gz": [("hs6", 2017)],
    "deliveries/baci_eu27_figures_2010_2023.csv.gz": [("hs6", 2002), ("hs6", 2017)],
    "deliveries/hmrc_imports_monthly.csv.gz": [("hs6", NEWEST)],
    "deliveries/comext_cn8_imports.csv.gz": [("cn8", NEWEST)],
}
Node = tuple[int, str]
Row = tuple[int, str, int, str, str]


def read_rows(path: Path) -> list[Row]:
    """The steps between HS editions, earlier code first, sorted."""
    rows = []
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            after, before = (int(year) for year in row["adjustment"].split(" to "))
            if before >= OLDEST:
                link = (row["hs6_before"], after, row["hs6_after"], row["relationship"])
                rows.append((before, *link))
    return sorted(rows)


def codes() -> Iterator[Node]:
    """(edition, six digits) of every code that is listed or traded."""
    for name, columns in CODES.items():
        path = SEEDS / name
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
        for row in csv.DictReader(io.StringIO(text)):
            for column, edition in columns:
                if len(row[column]) >= 6:
                    yield edition, row[column][:6]


def on_paths(rows: list[Row], start: set[Node]) -> set[Node]:
    """The nodes that paths from `start` meet, each path back in time or on."""
    back, on = defaultdict(set), defaultdict(set)
    for before, code_before, after, code_after, _ in rows:
        if not code_after.startswith(WASTE):
            back[after, code_after].add((before, code_before))
            on[before, code_before].add((after, code_after))
    found = set(start)
    for steps in (back, on):
        seen, waiting = set(start), list(start)
        while waiting:
            new = steps[waiting.pop()] - seen
            seen |= new
            waiting += new
        found |= seen
    return found


def main(path: Path) -> None:
    rows = read_rows(path)
    nodes = on_paths(rows, set(codes()))
    followed = [row for row in rows if not row[3].startswith(WASTE)]
    codes_after = Counter(row[0:2] for row in followed)
    codes_before = Counter(row[2:4] for row in followed)
    kept = [
        (*row, codes_after[row[0:2]], codes_before[row[2:4]])
        for row in rows
        if row[0:2] in nodes and (row[2:4] in nodes or row[3].startswith(WASTE))
    ]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(kept)
    print(f"{len(kept)} of {len(rows)} rows in {TARGET.relative_to(PROJECT_DIR)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The register of breaks against the bundled files and the public HS correspondence tables."""

import csv
import gzip
from collections import defaultdict
from itertools import pairwise

import pytest

from chokepoint.settings import PROJECT_DIR

ROOT = PROJECT_DIR
SEEDS = ROOT / "seeds" / "deliveries"
CONCORDANCES = ROOT.parent / "shared" / "data" / "hs_concordances.csv.gz"


def rows_of(path):
    with gzip.open(path, "rt") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def register(full_build):
    with full_build.connect() as connection:
        rows = connection.execute(
            """
            select source_id, product_code, break_period, break_kind, is_blocking
            from marts.dim_nomenclature_break
            """
        ).fetchall()
    found = defaultdict(set)
    for source, product, period, kind, is_blocking in rows:
        found[source, kind].add((product, period, is_blocking))
    return found


def test_breaks_of_the_eu_figures_are_those_of_the_files(register):
    """Largest flows from 2010 on, and all flows in 2022 and 2024, are one series of two sources."""
    editions, coverages, sources = defaultdict(dict), defaultdict(dict), defaultdict(dict)
    for path in SEEDS.glob("baci_eu27_figures_*.csv.gz"):
        for row in rows_of(path):
            if row["measure"] in ("extra_eu_import", "intra_eu_trade"):
                editions[row["hs6"]][row["year"]] = row["nomenclature"]
                coverages[row["hs6"]][row["year"]] = row["coverage"]
                sources[row["hs6"]][row["year"]] = "baci_eu27_figures"
    for row in rows_of(SEEDS / "baci_hs17_bilateral.csv.gz"):
        editions[row["hs6"]][row["year"]] = "HS2017"
        coverages[row["hs6"]][row["year"]] = "complete"
        sources[row["hs6"]][row["year"]] = "baci_hs17_bilateral"

    def moves(series):
        return {
            (product, year)
            for product, by_year in series.items()
            for before, year in pairwise(sorted(by_year))
            if by_year[before] != by_year[year]
        }

    def registered(kind):
        return {
            (product, year, is_blocking)
            for source in ("baci_eu27_figures", "baci_hs17_bilateral")
            for product, year, is_blocking in register[source, kind]
            if sources[product][year] == source
        }

    assert registered("edition_change") == {(*one, True) for one in moves(editions)}
    assert {year for _, year in moves(editions)} == {"2017"}
    assert registered("coverage_change") == {(*one, False) for one in moves(coverages)}
    assert {year for _, year in moves(coverages)} == {"2022", "2023", "2024"}
    assert registered("figures_start") == {
        (product, min(years), True) for product, years in editions.items() if min(years) > "2010"
    }


@pytest.mark.shared
def test_contents_changed_where_the_correspondence_tables_say(register):
    steps = defaultdict(list)
    for row in rows_of(CONCORDANCES):
        after, before = row["adjustment"].split(" to ")
        steps[before, after, row["hs6_before"]].append((row["hs6_after"], row["relationship"]))

    def merged(code, editions):
        """Steps at which the content of a code was mixed with that of others."""
        found, codes = set(), {code}
        for before, after in pairwise(editions):
            following = set()
            for one in codes:
                for target, relation in steps[before, after, one]:
                    following.add(target)
                    if relation in ("1:n", "n:n"):
                        found.add(after)
            codes = following or codes
        return found

    broken = {code for code, *_ in register["baci_eu27_figures", "edition_change"]}
    changed = {code for code in broken if merged(code, ["2002", "2007", "2012", "2017"])}
    assert len(broken) == 10
    assert changed == {"811292"}

    bundled = {row["hs6"] for row in rows_of(SEEDS / "baci_hs92_bilateral.csv.gz")}
    editions = ["1992", "1996", "2002", "2007", "2012", "2017", "2022"]
    mixed = {code: merged(code, editions) for code in bundled}
    assert {code: years for code, years in mixed.items() if years} == {
        "252890": {"2012"},
        "811230": {"2007"},
    }

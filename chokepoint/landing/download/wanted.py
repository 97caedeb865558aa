"""What of each source is wanted: profiles, the codes that measures list, and reporters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chokepoint.errors import ChokepointError
from chokepoint.landing.download.addresses import PRODUCERS
from chokepoint.landing.files.delivery import read_table

if TYPE_CHECKING:
    from chokepoint.settings import Settings

UNION = "EU27"
# The year in which each edition of the Harmonised System began.
_EDITIONS = (1992, 1996, 2002, 2007, 2012, 2017, 2022)


@dataclass(frozen=True)
class ListedCode:
    """A code of HS or CN that a measure lists, or that holds or is part of one; first and last year
    of its use, None where none is known."""

    family: str
    code: str
    name: str
    first: int
    last: int | None

    def is_of(self, period: str) -> bool:
        """Whether the nomenclature of a period has the code."""
        year = int(period[:4])
        return self.first <= year and (self.last is None or year <= self.last)


def profiles(settings: Settings | None = None) -> dict[str, list[dict[str, str]]]:
    """Profile -> its rows, one a source; ChokepointError for a row of the user's with a fault."""
    bundled = Path(__file__).with_name("profiles.csv")
    own = settings.data_dir / "profiles.csv" if settings else None
    found: dict[str, list[dict[str, str]]] = {}
    for path in (bundled, own):
        if path is None or not path.is_file():
            continue
        try:
            rows = read_table(path)
        except UnicodeDecodeError as error:
            raise ChokepointError(
                f"{path} is no UTF-8 ({error.reason} at byte {error.start})", "save it as UTF-8."
            ) from None
        for line, row in enumerate(rows, start=2):
            faults = _faults_of(settings.project_dir, row) if settings and path == own else ()
            for name, said, remedy in faults:
                raise ChokepointError(f"{path}, line {line}{name}: {said}", remedy)
            found.setdefault(row["profile"], []).append(row)
    return found


def _faults_of(project_dir: Path, row: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Why a row of the user's cannot be followed: column, what is wrong with it, what to do."""
    bundled = read_table(Path(__file__).with_name("profiles.csv"))
    if set(row) != set(bundled[0]) or None in row.values():
        said = f"the columns are not {','.join(bundled[0])}"
        yield "", said, "write them as in chokepoint/landing/download/profiles.csv."
    source_id = row["source_id"]
    if source_id not in PRODUCERS:
        said = f"{source_id!r} is no source that can be fetched"
        yield ", source_id", said, f"use one of: {', '.join(PRODUCERS)}."
    for name, least in (("periods", 1), ("asked_again", 0), ("after_days", 0)):
        if not re.fullmatch("[0-9]{1,3}", row[name]) or int(row[name]) < least:
            yield f", {name}", f"{row[name]!r} is no number from {least} to 999", "write one."
    # What the profiles that ship ask of it: HS, CN, or everything ('').
    takes = {one["products"] for one in bundled if one["source_id"] == source_id}
    takes = takes - {""} if takes == {""} else takes
    if bool(row["products"]) != bool(takes) and takes != {"", "HS"}:
        said = f"{source_id} {'needs' if takes else 'takes no'} products"
        yield ", products", said, "write HS or CN, or codes." if takes else "leave the field empty."
    if row["flow"] not in ("", "import", "export"):
        yield ", flow", f"{row['flow']!r} is no flow", "write import, export, or nothing."
    if row["products"] not in ("", "HS", "CN"):
        known, digits = _known_codes(project_dir), 8 if "CN" in takes else 6
        for code in row["products"].split():
            if code not in known:
                yield (
                    ", products",
                    f"{code!r} is a code that no list here has",
                    "write HS or CN for the listed codes, or codes of six or eight digits with "
                    "blanks between them; name a new one in seeds/reference/products.csv.",
                )
            if len(code) != digits:
                said = f"{code!r} has not the {digits} digits that {source_id} takes"
                yield ", products", said, f"write codes of {digits} digits."
    if row["reporters"] not in ("", "union", "EU27", "others"):
        countries = read_table(project_dir / "seeds" / "reference" / "countries.csv")
        for who in sorted(set(row["reporters"].split()) - {one["iso3"] for one in countries}):
            yield (
                ", reporters",
                f"{who!r} is no country",
                "write EU27, union, others, or ISO 3166 alpha-3 codes with blanks between them.",
            )


def _known_codes(project_dir: Path) -> dict[str, str]:
    reference = project_dir / "seeds" / "reference"
    found: dict[str, str] = {}
    for row in read_table(reference / "hs_concordances.csv"):
        found |= {row["hs6_before"]: "", row["hs6_after"]: ""}
    found |= {one.code: one.name for one in listed_codes(project_dir)}
    for row in read_table(reference / "products.csv"):
        found[row["product_code"]] = row["product_name"]
    return found


def listed_codes(project_dir: Path) -> list[ListedCode]:
    """Codes that measures list, in every edition, by family and code. HS: the subheadings that acts
    name or that hold CN codes of the crosswalk, and earlier ones that their goods came from. CN:
    the crosswalk's, and those of our list of products below a listed subheading."""
    seeds = project_dir / "seeds"
    scope = read_table(seeds / "measures" / "measure_scope.csv")
    crosswalk = read_table(seeds / "measures" / "cn8_crosswalk.csv")
    products = read_table(seeds / "reference" / "products.csv")
    names = {(row["nomenclature_family"], row["product_code"]): row for row in products}
    items: dict[str, str] = {}
    for row in scope:
        if row["hs6"]:
            items.setdefault(row["hs6"], row["item_description"])
    cn = {row["cn8_2025"]: row["cn8_description"] for row in crosswalk if row["cn8_2025"]}
    for code, text in cn.items():
        items.setdefault(code[:6], text)
    cn |= {
        row["product_code"]: row["product_name"]
        for row in products
        if row["nomenclature_family"] == "CN" and row["product_code"][:6] in items
    }
    # Edition -> codes of it that goods of today's listed codes may have been under.
    spans: dict[str, list[int]] = {code: [2022, 2022] for code in items}
    concordances = read_table(seeds / "reference" / "hs_concordances.csv")
    now = set(items)
    for before, after in zip(reversed(_EDITIONS[:-1]), reversed(_EDITIONS[1:]), strict=True):
        links = [
            row
            for row in concordances
            if row["edition_before"] == str(before)
            and row["edition_after"] == str(after)
            and row["hs6_after"] in now
        ]
        moved = {row["hs6_after"] for row in links}
        # A code that the concordance does not name has not changed, as far as we know.
        now = {row["hs6_before"] for row in links} | (now - moved)
        for code in now:
            spans.setdefault(code, [before, before])[0] = before
    ends = {start: end - 1 for start, end in itertools.pairwise(_EDITIONS)}
    found = []
    for code, (first, last) in spans.items():
        named = names.get(("HS", code))
        name = named["product_name"] if named else items.get(code, "code of an earlier edition")
        found.append(ListedCode("HS", code, name, first, ends.get(last)))
    for code, text in cn.items():
        named = names.get(("CN", code))
        first = int(named["first_year"]) if named and named["first_year"] else _EDITIONS[0]
        found.append(ListedCode("CN", code, named["product_name"] if named else text, first, None))
    return sorted(found, key=lambda one: (one.family != "HS", one.code))


def codes_of(project_dir: Path, products: str, listed: list[ListedCode]) -> list[ListedCode]:
    """The listed codes of a family, or those that a profile names."""
    if products in ("", "HS", "CN"):
        return [one for one in listed if one.family == products]
    names = _known_codes(project_dir)
    known = {one.code: one for one in listed}
    return [
        known.get(code)
        or ListedCode("HS" if len(code) == 6 else "CN", code, names[code], _EDITIONS[0], None)
        for code in products.split()
    ]


def reporters_of(project_dir: Path, who: str) -> tuple[str, ...]:
    """Codes of reporters: nobody named, the Union, its members, or all countries but them."""
    if who == "union":
        return (UNION,)
    if who not in ("EU27", "others"):
        return tuple(who.split())
    reference = project_dir / "seeds" / "reference"
    rows = read_table(reference / "eu_membership.csv")
    members = {row["iso3"] for row in rows if not row["left_on"]}
    countries = (row["iso3"] for row in read_table(reference / "countries.csv") if row["m49"])
    return tuple(sorted(members if who == "EU27" else set(countries) - members))

"""Pairs of claims on licences against plain Python on the seeds, claim by claim."""

import calendar
import re
from collections import defaultdict
from datetime import date
from itertools import combinations

import pytest
from model_laboratory import laboratory_of
from reading_kit import by_key, members, table

MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
# Words that decide that two claims count different applications.
POPULATION = {"jurisdiction", "sector", "material", "period", "denominator"}


def month_end(year, month):
    return date(year, month, calendar.monthrange(year, month)[1])


def days(text):
    """First and last day that a stated date allows."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    if len(parts) == 2:
        return date(*parts, 1), month_end(*parts)
    return date(*parts, 1, 1), date(*parts, 12, 31)


def period(text, last):
    """Begin and end of the period in words, each None where it is not said."""
    if re.fullmatch(r"20\d\d", text):
        return date(int(text), 1, 1), date(int(text), 12, 31)
    found = re.search(r"([A-Z][a-z]{2}) (20\d\d)", text)
    begin = found and date(int(found[2]), MONTHS[found[1]], 1)
    end = found and month_end(int(found[2]), MONTHS[found[1]])
    if re.match("since |from ", text):
        end = last
    return (None if text.startswith("to ") else begin), end


def first_number(text):
    found = re.search(r"\d+", text.replace(",", ""))
    return int(found[0]) if found else None


def claims():
    """claim_id -> what it says, of the claims that count or rate applications."""
    roles = {row["indicator"]: row for row in table("licence_indicator_map")}
    grouped, counts = defaultdict(list), {"filed", "approved", "pending", "rejected"}
    for row in table("licensing_stats"):
        role = roles.get(row["indicator"], {"role": "other"})
        is_count = role["role"] in counts and row["unit"].startswith("count")
        who = [row[name] for name in ("issuing_body", "applicant_jurisdiction", "stat_date")]
        what = [row[name] for name in ("period", "sector", "material")]
        grouped[tuple(who + what) if is_count else row["stat_id"]].append((row, role))
    made = {}
    for parts in grouped.values():
        if all(role["role"] == "other" for _, role in parts):
            continue
        row, role = parts[0]
        number = {r["role"]: int(float(p["value"])) for p, r in parts if r["role"] in counts}
        denominators = [first_number(p["denominator"]) for p, _ in parts]
        whole = number.get("filed") or max(filter(None, denominators), default=None)
        outcome = next((r["outcome"] for _, r in parts if r["outcome"]), None)
        stated = float(row["value"]) / 100 if role["role"] == "share_of_filed" else None
        approved = number.get("approved")
        share = approved / whole if approved is not None and whole else stated
        qualifier = role.get("qualifier") or ("about" if "about" in row["unit"] else None)
        low = high = None
        if outcome == "approved" and (share is not None or approved is not None):
            low = 0 if qualifier == "less_than" else share
            if approved is None:
                high = 1
            elif whole:
                rest = number.get("pending")
                if rest is not None:
                    high = (approved + rest) / whole
                else:
                    high = 1 - number.get("rejected", 0) / whole
        first, last = days(row["stat_date"])
        made[row["stat_id"]] = {
            "body": row["issuing_body"], "date": row["stat_date"], "first": first, "last": last,
            "authority": row["licensing_authority"],
            "jurisdiction": row["applicant_jurisdiction"].replace("(outbound)", "").strip(),
            "sector": row["sector"], "material": row["material"],
            "period": period(row["period"], last), "denominator": whole, "counts": number,
            "outcome": outcome, "share": share, "low": low, "high": high, "qualifier": qualifier,
        }  # fmt: skip
    return made


def goods(claim):
    found = set()
    for word in claim["material"].split("; "):
        if "magnet" in word or "rare earth" in word or "rare-earth" in word:
            found.add("rare earths")
        else:
            found.add("dual-use items" if "dual-use" in word else word)
    return found


def judge(one, two, members):
    """(reading, what differs), or None where the two are not about the same thing."""
    places = one["jurisdiction"], two["jurisdiction"]
    is_near_place = (
        places[0] == places[1]
        or "ALL" in places
        or ("EU" in places and any(place in members for place in places))
    )
    is_same_statement = (one["body"], one["date"]) == (two["body"], two["date"])
    if one["authority"] != two["authority"] or not is_near_place or is_same_statement:
        return None
    if not goods(one) & goods(two):
        return None
    (begin_1, end_1), (begin_2, end_2) = one["period"], two["period"]
    meets = [begin_1 <= end_2 if begin_1 and end_2 else None]
    meets.append(begin_2 <= end_1 if begin_2 and end_1 else None)
    apart = max(0, (two["first"] - one["last"]).days, (one["first"] - two["last"]).days)
    if False in meets or (apart > 92 and None in meets):
        return None
    both = one["share"] is not None and two["share"] is not None
    is_like = both and one["outcome"] == two["outcome"]
    common = one["counts"].keys() & two["counts"].keys()
    has_other_counts = any(one["counts"][role] != two["counts"][role] for role in common)
    if not both and not has_other_counts:
        return None
    says_the_same = one["share"] == two["share"] and one["qualifier"] == two["qualifier"]
    if is_like and not has_other_counts and says_the_same:
        return None
    differs = {name for name in ("jurisdiction", "sector", "material") if one[name] != two[name]}
    if begin_1 and begin_2 and begin_1 != begin_2:
        differs.add("period")
    wholes = one["denominator"], two["denominator"]
    if all(wholes) and abs(wholes[0] - wholes[1]) > 0.05 * max(wholes):
        differs.add("denominator")
    more = {
        "date": apart, "outcome word": both and not is_like,
        "share": both and one["share"] != two["share"], "counts": has_other_counts,
    }  # fmt: skip
    differs |= {name for name, is_so in more.items() if is_so}
    if "outcome word" in differs:
        return "not_comparable", differs
    if differs & POPULATION:
        return "different_population", differs
    if not is_like:
        return ("not_comparable" if apart else "contradicts"), differs
    overlap = max(one["low"], two["low"]) <= min(one["high"], two["high"])
    return ("compatible_within_bounds" if overlap else "contradicts"), differs


@pytest.fixture(scope="module")
def expected():
    iso2 = {row["iso3"]: row["iso2"] for row in table("countries")}
    places = {iso2[iso3] for iso3 in members()}
    pairs = {}
    made = claims()
    for first, second in combinations(sorted(made), 2):
        if (found := judge(made[first], made[second], places)) is not None:
            pairs[first, second] = found
    return pairs


def test_pairs_readings_and_differences_equal_plain_python(expected, published):
    found = by_key(
        published,
        "select first_claim_id, second_claim_id, reading, string_split(differs_in, '; ')"
        " from reports.rpt_claims_against_each_other",
        key=2,
    )
    assert {pair: (reading, set(differs)) for pair, (reading, differs) in found.items()} == expected
    assert len(found) > 10


laboratory = laboratory_of(
    "rpt_claims_against_each_other", stand_ins=["fct_licence_claims", "dim_country"]
)


def claim(number, low, high, **changes):
    return {
        "claim_id": f"L{number}", "body": f"body {number}", "applicant_jurisdiction": "EU",
        "licensing_authority": "China", "claim_date": "2025-09-10",
        "claim_date_earliest": date(2025, 9, 10), "claim_date_latest": date(2025, 9, 10),
        "sector": "all", "material": "rare earths", "outcome": "approved", "share_of_filed": low,
        "share_low": low, "share_high": high, "is_about_applications": True, **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("other", "reading"),
    [
        (claim(2, 0.9, 1), "contradicts"),
        (claim(2, 0.7, 1), "compatible_within_bounds"),
        (claim(2, 0.9, 1, sector="magnets"), "different_population"),
        (claim(2, 0.9, 1, denominator=2000), "different_population"),
        (claim(2, 0.9, None, outcome="processed"), "not_comparable"),
        (claim(2, 0.9, 1, material="gallium"), None),
        (claim(2, 0.9, 1, applicant_jurisdiction="JP"), None),
        (claim(2, 0.9, 1, licensing_authority="Netherlands"), None),
        (claim(2, 0.9, 1, claim_date_earliest=date(2026, 9, 1)), None),
    ],
)
def test_only_bounds_of_one_population_contradict(laboratory, other, reading):
    """20 % approved and 15 % refused: 90 % can not come of it, 70 % can."""
    laboratory.fill("fct_licence_claims", [claim(1, 0.2, 0.85, denominator=141), other])
    rows = laboratory.rows("rpt_claims_against_each_other")
    assert [row["reading"] for row in rows] == ([reading] if reading else [])

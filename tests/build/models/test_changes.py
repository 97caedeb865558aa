"""Changes of concentration against plain arithmetic in exact fractions, on the bundled data."""

from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from reading_kit import flows as baci
from reading_kit import members

FIRST_YEAR, LAST_YEAR = 2015, 2024
# One part in so many of the value may have no mass.
PARTS, LIMIT_RATIO = 20, 10
MIN_CHANGE = Fraction(1, 50)


class Cell:
    """Trade with one supplier: USD, the part of it without a mass, kilograms or None."""

    def __init__(self):
        self.value = self.bare = 0
        self.mass = None

    def add(self, value, mass):
        self.value += value
        if mass is None:
            self.bare += value
        else:
            self.mass = (self.mass or 0) + mass

    @property
    def stated(self):
        return self.mass if self.mass and self.bare * PARTS <= self.value else None


def thousandths(text):
    """Whole numbers are added much faster than fractions, and as exactly."""
    found = Decimal(text).scaleb(3)
    assert found == int(found), text
    return int(found)


@pytest.fixture(scope="module")
def trade():
    """(reporter, product, year) -> supplier -> Cell; reporters are importers and the EU27."""
    flows = defaultdict(lambda: defaultdict(Cell))
    for row in baci():
        importer = row["importer_iso3"]
        value = thousandths(row["value_kusd"])
        mass = thousandths(row["quantity_t"]) if row["quantity_t"] else None
        for reporter in {importer} | ({"EU27"} if importer in members() else set()):
            cell = flows[reporter, row["hs6"], int(row["year"])][row["exporter_iso3"]]
            cell.add(value, mass)
    return flows


def suppliers(trade, reporter, scope, product, year):
    cells = trade.get((reporter, product, year), {})
    return {code: cell for code, cell in cells.items() if scope == "all" or code not in members()}


def shares(cells, attribute="value"):
    amounts = {code: getattr(cell, attribute) for code, cell in cells.items()}
    total = sum(amount for amount in amounts.values() if amount is not None)
    if not total:
        return {}
    return {code: Fraction(amount, total) for code, amount in amounts.items() if amount is not None}


def herfindahl(cells, attribute="value"):
    amounts = [getattr(cell, attribute) or 0 for cell in cells.values()]
    return Fraction(sum(amount**2 for amount in amounts), sum(amounts) ** 2)


def split(before, after):
    """Supplier -> (volume, mix, price, unsplit) of its share change, of those that have a split."""
    mean_total = Fraction(sum(cell.value for cell in (*before.values(), *after.values())), 2)
    volumes, changes = {}, {}
    for other in before.keys() | after.keys():
        old, new = before.get(other, Cell()), after.get(other, Cell())
        changes[other] = new.value - old.value
        if not old.value or not new.value:
            volumes[other] = changes[other]
        elif old.stated and new.stated:
            prices = Fraction(old.value, old.stated), Fraction(new.value, new.stated)
            ratio = prices[1] / prices[0]
            if Fraction(1, LIMIT_RATIO) <= ratio <= LIMIT_RATIO:
                volumes[other] = (new.stated - old.stated) * sum(prices) / 2
    has_mass = all(any(cell.mass for cell in side.values()) for side in (before, after))
    if not has_mass:
        return {}
    old_shares, new_shares = shares(before), shares(after)
    prices = {other: changes[other] - volumes[other] for other in volumes}
    volume, price = sum(volumes.values()), sum(prices.values())
    unsplit = sum(change for other, change in changes.items() if other not in volumes)
    found = {}
    for code in volumes:
        mean_share = (old_shares.get(code, 0) + new_shares.get(code, 0)) / 2
        found[code] = tuple(
            part / mean_total
            for part in (
                volumes[code] * (1 - mean_share),
                -mean_share * (volume - volumes[code]),
                prices[code] - mean_share * price,
                -mean_share * unsplit,
            )
        )
    return found


def close(found, expected, tolerance=1e-11):
    if expected is None or found is None:
        return found is None and expected is None
    return abs(found - float(expected)) <= tolerance * max(1, abs(float(expected)))


def test_parts_of_the_hhi_and_of_shares_equal_exact_arithmetic(published, trade):
    """Every supplier of the EU27 in every pair of years, and of Germany over 24 months."""
    rows = published.execute(
        """
        select reporter_code, supplier_scope, product_code, period, base_period, partner_iso3,
            change_kind, hhi_value_contribution, hhi_mass_contribution, value_share_before,
            value_share_after, volume_effect, supplier_mix_effect, price_effect, unsplit_effect,
            hhi_value_change, hhi_mass_change
        from marts.fct_hhi_changes
        where source_id = 'baci_hs92_bilateral' and reporter_code in ('EU27', 'DEU')
        """
    ).fetchall()
    pairs = defaultdict(list)
    for row in rows:
        pairs[row[:5]].append(row[5:])
    products = {product for _, product, _ in trade}
    expected_pairs = {
        (reporter, scope, product, str(year), str(year - lag))
        for reporter, lags in (("EU27", (1, 2)), ("DEU", (2,)))
        for scope in ("extra_eu", "all")
        for product in products
        for lag in lags
        for year in range(FIRST_YEAR + lag, LAST_YEAR + 1)
        if all(suppliers(trade, reporter, scope, product, one) for one in (year - lag, year))
    }
    assert pairs.keys() == expected_pairs
    split_count = 0
    for (reporter, scope, product, period, base), found in pairs.items():
        before = suppliers(trade, reporter, scope, product, int(base))
        after = suppliers(trade, reporter, scope, product, int(period))
        assert {row[0] for row in found} == before.keys() | after.keys()
        by_value = shares(before), shares(after)
        by_mass = shares(before, "mass"), shares(after, "mass")
        change = herfindahl(after) - herfindahl(before)
        mass_change = None
        if all(by_mass):
            mass_change = herfindahl(after, "mass") - herfindahl(before, "mass")
        parts_of_change = split(before, after)
        for code, kind, part, mass_part, share0, share1, *effects, hhi, hhi_mass in found:
            s0, s1 = by_value[0].get(code, 0), by_value[1].get(code, 0)
            assert kind == ("incumbent" if s0 and s1 else "entrant" if s1 else "exit")
            assert close(part, (s0 + s1) * (s1 - s0))
            assert close(share0, s0)
            assert close(share1, s1)
            assert close(hhi, change)
            assert close(hhi_mass, mass_change)
            if mass_change is not None:
                m0, m1 = by_mass[0].get(code, 0), by_mass[1].get(code, 0)
                assert close(mass_part, (m0 + m1) * (m1 - m0))
            expected = parts_of_change.get(code)
            if expected is None:
                assert effects == [None] * 4
            else:
                assert sum(expected) == s1 - s0, "the oracle itself is exact"
                assert all(map(close, effects, expected)), (effects, expected)
                split_count += 1
        assert abs(sum(row[2] for row in found) - float(change)) <= 1e-12
    assert split_count > 40_000


def verdict(trade, reporter, scope, product, year, partner, usd_per_eur):
    """(verdict, suspect share of the gains or None) by the rules of the card, in fractions."""
    before = suppliers(trade, reporter, scope, product, year - 2)
    after = suppliers(trade, reporter, scope, product, year)
    if not before or not after:
        return "not_comparable", None
    totals = [sum(cell.value for cell in side.values()) for side in (before, after)]
    old, new = shares(before), shares(after)
    change = new.get(partner, 0) - old.get(partner, 0)
    mass_change = None
    bare = max(
        Fraction(sum(cell.bare for cell in side.values()), total)
        for side, total in zip((before, after), totals, strict=True)
    )
    masses = shares(before, "mass"), shares(after, "mass")
    known = all(partner not in side or side[partner].mass is not None for side in (before, after))
    if all(masses) and known and bare * PARTS <= 1:
        mass_change = masses[1].get(partner, 0) - masses[0].get(partner, 0)
    suspect_share = None
    if change <= -MIN_CHANGE:
        gains = {
            code: new[code] - old.get(code, 0)
            for code in new
            if code != partner and new[code] > old.get(code, 0)
        }
        suspect = 0
        for code, gain in gains.items():
            own = suppliers(trade, code, "all", product, year)
            bought = own.get(partner, Cell()).value
            if shares(own).get(partner, 0) >= Fraction(1, 2) and bought >= gain * totals[1] / 2:
                suspect += gain
        suspect_share = suspect / sum(gains.values()) if gains else None
    values_eur = [
        total / usd_per_eur[str(one)] for total, one in zip(totals, (year - 2, year), strict=True)
    ]
    if min(values_eur) < 1_000_000:
        return "small_cell", suspect_share
    if abs(change) < MIN_CHANGE:
        return "unchanged", suspect_share
    if change > 0:
        flat = mass_change is not None and mass_change < MIN_CHANGE
        return ("price_only" if flat else "more_concentrated"), suspect_share
    if herfindahl(after) - herfindahl(before) >= MIN_CHANGE:
        return "concentrated_elsewhere", suspect_share
    if mass_change is not None and mass_change > -MIN_CHANGE:
        return "price_only", suspect_share
    if suspect_share is not None and suspect_share >= Fraction(1, 2):
        return "possibly_rerouted", suspect_share
    return "diversified", suspect_share


def test_verdicts_equal_the_rules_in_plain_python(published, trade):
    """Every supplier watched for the EU27, Germany and the Netherlands in every year."""
    rates = dict(
        published.execute(
            """
            select distinct period, usd_per_eur from marts.fct_import_concentration
            where source_id = 'baci_hs92_bilateral'
            """
        ).fetchall()
    )
    rows = published.execute(
        """
        select reporter_code, supplier_scope, product_code, period, partner_iso3, verdict,
            suspect_gain_share, verdict_reason
        from marts.fct_derisking
        where source_id = 'baci_hs92_bilateral' and reporter_code in ('EU27', 'DEU', 'NLD')
            and product_code <> '811230'
        """
    ).fetchall()
    seen = Counter()
    for reporter, scope, product, period, partner, found, suspects, reason in rows:
        expected, suspect_share = verdict(
            trade, reporter, scope, product, int(period), partner, rates
        )
        assert found == expected, (reporter, scope, product, period, partner, reason)
        assert close(suspects, suspect_share)
        seen[found] += 1
    assert seen.keys() == {
        "diversified", "possibly_rerouted", "price_only", "more_concentrated",
        "concentrated_elsewhere", "unchanged", "small_cell", "not_comparable",
    }  # fmt: skip
    watched = {row[:5] for row in rows}
    for product in {product for _, product, _ in trade} - {"811230"}:
        for year in range(FIRST_YEAR + 2, LAST_YEAR + 1):
            for one in (year - 2, year):
                cells = suppliers(trade, "EU27", "extra_eu", product, one)
                if cells:
                    top = min(cells, key=lambda code: (-cells[code].value, code))
                    assert ("EU27", "extra_eu", product, str(year), top) in watched
                    assert ("EU27", "extra_eu", product, str(year), "CHN") in watched

"""Changes of concentration against exact fractions; order does not matter, swapped years swap
signs. An example is ten small cases, told apart by source, for the time of one."""

import random
from collections import Counter, defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many_cases import several, ten_times
from model_laboratory import flow as flow_of
from model_laboratory import laboratory_of
from reading_kit import keyed, members, picked

laboratory = laboratory_of(
    "fct_hhi_changes", "fct_derisking", stand_ins=["int_trade__flows"],
    bundled=["change_thresholds", "eu_membership"],
)  # fmt: skip


def flow(year, partner, value, mass=None, **more):
    return flow_of("EU27", partner, value, period=str(year), net_mass_kg=mass) | more


def run(laboratory, cases, model, **wanted):
    """The wanted rows that a model makes of each case, a list of flows, beside the others."""
    laboratory.fill(
        "int_trade__flows",
        [row | {"source_id": f"s{case}"} for case, flows in enumerate(cases) for row in flows],
    )
    found = [[] for _ in cases]
    for row in laboratory.rows(model):
        case = int(row.pop("source_id")[1:])
        row.pop("source_id_before", None)
        if wanted.items() <= row.items():
            found[case].append(row)
    return found


def changes(laboratory, cases):
    """The changes to the year before, (partner, product) -> row, of each case."""
    found = run(laboratory, cases, "fct_hhi_changes", supplier_scope="extra_eu", lag_years=1)
    return [keyed(rows, "partner_iso3 product_code") for rows in found]


EFFECTS = ("volume_effect", "supplier_mix_effect", "price_effect", "unsplit_effect")
amounts = st.one_of(
    st.just(None), st.integers(min_value=1, max_value=10**9), st.integers(min_value=1, max_value=99)
)
masses = st.one_of(st.none(), st.just(0), st.integers(min_value=1, max_value=10**8))
# one supplier: value and mass in the base year and in the year; a value of None is no trade
supplier_lists = st.lists(st.tuples(amounts, masses, amounts, masses), min_size=1, max_size=8)


def flows_of(suppliers, years=(2020, 2021), **more):
    return [
        flow(years[side], f"P{index:02d}", cells[2 * side], cells[2 * side + 1], **more)
        for index, cells in enumerate(suppliers)
        for side in (0, 1)
        if cells[2 * side] is not None
    ]


@ten_times
@given(cases=several(supplier_lists), seed=st.randoms())
def test_neither_order_nor_direction_matters(laboratory, cases, seed):
    forth = [flows_of(suppliers) for suppliers in cases]
    back = [flows_of(suppliers, years=(2021, 2020)) for suppliers in cases]
    shuffled = [seed.sample(flows, len(flows)) for flows in forth]
    found = changes(laboratory, forth + back + shuffled)
    count = len(cases)
    assert found[2 * count :] == found[:count]
    for there, here in zip(found[:count], found[count : 2 * count], strict=True):
        assert_every_sign_is_swapped(there, here)


def assert_every_sign_is_swapped(there, here):
    assert there.keys() == here.keys()
    kinds = {"entrant": "exit", "exit": "entrant"}
    names = ("hhi_value_contribution", "hhi_mass_contribution", "hhi_value_change", *EFFECTS)
    for key, row in there.items():
        assert here[key]["change_kind"] == kinds.get(row["change_kind"], row["change_kind"])
        for name in names:
            one, other = row[name], here[key][name]
            assert (one is None) == (other is None)
            assert one is None or one == pytest.approx(-other, abs=1e-13)


@ten_times
@given(cases=several(st.tuples(supplier_lists, st.integers(min_value=2, max_value=9))))
def test_a_common_change_of_prices_changes_nothing(laboratory, cases):
    """A multiple of every price is no change of any share and has no effect on it."""
    trades = [
        flows_of([(value, mass or 1, value and value * by, mass or 1) for value, mass, *_ in case])
        for case, by in cases
    ]
    for flows, found in zip(trades, changes(laboratory, trades), strict=True):
        assert bool(found) == bool(flows)
        for row in found.values():
            assert row["hhi_value_change"] == pytest.approx(0, abs=1e-13)
            for name in EFFECTS:
                assert row[name] == pytest.approx(0, abs=1e-12)


# --- exact fractions ----------------------------------------------------------------------

YEARS = (2020, 2022)
# One part in so many of the value may have no mass.
PARTS, LIMIT_RATIO = 20, 10
MIN_CHANGE = Fraction(1, 50)


class Cell:
    """Trade with one supplier: EUR, the part of it without a mass, kilograms or None."""

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


PARTNERS = ("CHN", "VNM", "USA", "FRA", "NOR")


def drawn_flows(count=400):
    """Products of every size, some in one year only, and what partners buy themselves."""
    chance = random.Random(7)

    def rows(reporter, partner, year, product, value, price):
        """Beside a row with a mass, if it has one, sometimes another without."""
        mass = None if chance.random() < 0.05 else 1 + int(value / price)
        yield flow(year, partner, value, mass, product_code=product, reporter_code=reporter)
        if chance.random() < 0.3:
            bare = 1 + int(value * chance.choice([0.01, 0.04, 0.2]))
            yield flow(year, partner, bare, None, product_code=product, reporter_code=reporter)

    for product in (f"{number:06d}" for number in range(count)):
        size = 10 ** chance.choice([5, 7, 7, 7])
        only = chance.choice([None] * 19 + list(YEARS))
        change = chance.choice([0.02, 0.3, 1])
        for partner in PARTNERS:
            value, price = size * chance.random() ** 3, 100.0
            for year in YEARS:
                if only in (None, year) and chance.random() < 0.95:
                    yield from rows("EU27", partner, year, product, 1 + int(value), price)
                value *= 1 + change * chance.choice([-0.9, -0.5, 0, 1, 9])
                price *= chance.choice([1, 1.1, 2, 20])
            if partner != "CHN" and chance.random() < 0.7:
                bought = 1 + int(value * chance.random() * 2)
                yield from rows(partner, "CHN", YEARS[1], product, bought, 100.0)
                yield from rows(partner, "JPN", YEARS[1], product, 1 + bought // 2, 100.0)


@pytest.fixture(scope="module")
def trade(laboratory):
    """(reporter, product, year) -> supplier -> Cell of what is filled in."""
    found, flows = defaultdict(lambda: defaultdict(Cell)), list(drawn_flows())
    for row in flows:
        cells = found[row["reporter_code"], row["product_code"], int(row["period"])]
        cells[row["partner_code"]].add(row["value_eur"], row["net_mass_kg"])
    laboratory.fill("int_trade__flows", flows)
    return found


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
        parts = (
            volumes[code] * (1 - mean_share), -mean_share * (volume - volumes[code]),
            prices[code] - mean_share * price, -mean_share * unsplit,
        )  # fmt: skip
        found[code] = tuple(part / mean_total for part in parts)
    return found


def close(found, expected, tolerance=1e-11):
    if expected is None or found is None:
        return found is None and expected is None
    return abs(found - float(expected)) <= tolerance * max(1, abs(float(expected)))


def test_parts_of_the_hhi_and_of_shares_equal_exact_arithmetic(laboratory, trade):
    pairs = defaultdict(list)
    for row in laboratory.rows("fct_hhi_changes", reporter_code="EU27"):
        pairs[row["supplier_scope"], row["product_code"]].append(row)
    split_count = 0
    for (scope, product), rows in pairs.items():
        before, after = (suppliers(trade, "EU27", scope, product, year) for year in YEARS)
        assert {row["partner_iso3"] for row in rows} == before.keys() | after.keys()
        by_value = shares(before), shares(after)
        by_mass = shares(before, "mass"), shares(after, "mass")
        change = herfindahl(after) - herfindahl(before)
        parts_of_change = split(before, after)
        for row in rows:
            code = row["partner_iso3"]
            s0, s1 = (side.get(code, 0) for side in by_value)
            assert row["change_kind"] == ("incumbent" if s0 and s1 else "entrant" if s1 else "exit")
            assert close(row["hhi_value_contribution"], (s0 + s1) * (s1 - s0))
            assert close(row["value_share_before"], s0)
            assert close(row["value_share_after"], s1)
            assert close(row["hhi_value_change"], change)
            if all(by_mass):
                m0, m1 = (side.get(code, 0) for side in by_mass)
                assert close(row["hhi_mass_contribution"], (m0 + m1) * (m1 - m0))
                mass_change = herfindahl(after, "mass") - herfindahl(before, "mass")
                assert close(row["hhi_mass_change"], mass_change)
            effects, expected = [row[name] for name in EFFECTS], parts_of_change.get(code)
            if expected is None:
                assert effects == [None] * 4
            else:
                assert sum(expected) == s1 - s0, "the oracle itself is exact"
                assert all(map(close, effects, expected)), (effects, expected)
                split_count += 1
        assert abs(sum(row["hhi_value_contribution"] for row in rows) - float(change)) <= 1e-12
    assert len(pairs) > 600
    assert split_count > 1000


def verdict(trade, scope, product, partner):
    """(verdict, suspect share of the gains or None) by the rules of the card, in fractions."""
    before, after = (suppliers(trade, "EU27", scope, product, year) for year in YEARS)
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
        gains = {code: share - old.get(code, 0) for code, share in new.items() if code != partner}
        gains = {code: gain for code, gain in gains.items() if gain > 0}
        suspect = 0
        for code, gain in gains.items():
            own = suppliers(trade, code, "all", product, YEARS[1])
            bought = own.get(partner, Cell()).value
            if shares(own).get(partner, 0) >= Fraction(1, 2) and bought >= gain * totals[1] / 2:
                suspect += gain
        suspect_share = suspect / sum(gains.values()) if gains else None
    if min(totals) < 1_000_000:
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


def test_verdicts_equal_the_rules_in_plain_python(laboratory, trade):
    """Every supplier watched: the largest of either year, and China."""
    seen, watched = Counter(), defaultdict(set)
    for row in laboratory.rows("fct_derisking", reporter_code="EU27", period="2022"):
        ((scope, product, partner),) = picked([row], "supplier_scope product_code partner_iso3")
        expected, suspect_share = verdict(trade, scope, product, partner)
        assert row["verdict"] == expected, row
        assert close(row["suspect_gain_share"], suspect_share)
        seen[expected] += 1
        watched[scope, product].add(partner)
    assert seen.keys() == {
        "diversified", "possibly_rerouted", "price_only", "more_concentrated",
        "concentrated_elsewhere", "unchanged", "small_cell", "not_comparable",
    }  # fmt: skip
    for (scope, product), partners in watched.items():
        assert "CHN" in partners
        for year in YEARS:
            cells = suppliers(trade, "EU27", scope, product, year)
            if cells:
                assert min(cells, key=lambda code: (-cells[code].value, code)) in partners

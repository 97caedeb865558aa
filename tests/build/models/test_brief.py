"""The Monday brief against plain Python, and the laws of a replay."""

from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pytest
from build_kit import run_cli
from hypothesis import given
from hypothesis import strategies as st
from many_cases import tried
from model_laboratory import ModelLaboratory
from reading_kit import rows, table

from chokepoint.landing.registry import BUNDLED_KNOWN_ON

WEEK = timedelta(days=7)
MONDAYS = [date(2025, 1, 6) + number * WEEK for number in range(99)]
RELIEF = ("suspended", "suspended_before_effect", "exempted")
LAPSED = ("expired", "lapsed_presumed", "unknown")
TIMELINE = ("measure_id", "clause_id", "destination", "user_type", "claim_group")
NEVER = date(9999, 1, 1)
# Said every week as long as they hold.
STANDING = ("stale_source", "stale_law")


def last_day(text):
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 1:
        return date(parts[0], 12, 31)
    return date(*parts) if len(parts) == 3 else date(*parts, monthrange(*parts)[1])


def brief(connection, as_of, known_on=None, relation="reports.brief"):
    return rows(connection, f"from {relation}(?, ?)", as_of, known_on)


# --- Plain Python ---------------------------------------------------------------------------


class LawOracle:
    """What changes and ends, looked up at one day of knowledge at a time."""

    def __init__(self, states):
        self.states = states
        self.days = sorted(
            {row["known_from"] for row in states}
            | {row["known_to"] for row in states if row["known_to"]}
        )
        self.by_day = {day: self.changes(day) for day in self.days}

    def changes(self, known_on):
        """(measure, group, day, before, after) -> first day of the state before, as known then."""
        timelines = defaultdict(list)
        for row in self.states:
            if row["known_from"] <= known_on < (row["known_to"] or NEVER):
                timelines[tuple(row[name] for name in TIMELINE)].append(row)
        found = defaultdict(list)
        for timeline, stretches in timelines.items():
            stretches.sort(key=lambda row: row["valid_from"])
            for one, two in pairwise(stretches):
                if one["state"] != two["state"]:
                    key = timeline[0], timeline[4], two["valid_from"], one["state"], two["state"]
                    found[key].append(one["valid_from"])
        return found

    def first_known(self, change, known_on):
        """First day of the days on end, up to `known_on`, on which the change was known."""
        first = None
        for day in reversed([day for day in self.days if day <= known_on]):
            if change not in self.by_day[day]:
                return first
            first = day
        return first

    def lines(self, as_of, known_on):
        """{(kind, threshold, change)} of a brief."""
        known = max(day for day in self.days if day <= known_on)
        told = set()
        for change, begins in self.by_day[known].items():
            _, _, changes_on, before, after = change
            is_end = before in RELIEF or (before == "in_force" and after in LAPSED)
            is_fresh = self.first_known(change, known_on) > known_on - WEEK
            if changes_on <= as_of:
                if changes_on > as_of - WEEK or is_fresh:
                    is_lapse = is_end and after in LAPSED
                    told.add(("expiry", 0, change) if is_lapse else ("state_change", None, change))
                continue
            left = (changes_on - as_of).days
            threshold = next((days for days in (7, 30, 90) if left <= days), None)
            # Of an end that lies ahead only a rule that stands can warn.
            for began in begins:
                if not is_end or threshold is None or began > as_of:
                    continue
                due = max(changes_on - timedelta(days=threshold), began)
                if due > as_of - WEEK or is_fresh:
                    told.add(("expiry", threshold, change))
        return told


def acts_known():
    """act_id -> first day on which one of its clauses was known."""
    clauses = defaultdict(list)
    for row in table("measure_clauses"):
        clauses[row["measure_id"]].append(row)
    known = {}
    for name, file in (("measure_id", "measures"), ("act_id", "law_acts")):
        for act in table(file):
            stated = []
            for clause in clauses.get(act[name], [{}]):
                days = (
                    clause.get(column) or act.get(column)
                    for column in ("known_on", "announced_on", "effective_from")
                )
                stated.append(last_day(next(filter(None, days))))
            known[act[name]] = min(stated)
    return known


@pytest.fixture(scope="module")
def oracle(connection):
    return LawOracle(rows(connection, "from marts.fct_measure_states"))


def law_of(found):
    return {line["fact_id"] for line in found if line["line_kind"] in ("expiry", "state_change")}


def expected_law(oracle, as_of, known_on):
    return {
        "|".join(map(str, (kind, *([] if days is None else [days]), *change)))
        for kind, days, change in oracle.lines(as_of, known_on)
    }


def test_every_monday_has_the_lines_of_law_that_plain_python_finds(connection, oracle):
    """What a reader of the brief relies on: no end of a suspension is left out, none made up."""
    acts = acts_known()
    told = 0
    for monday in MONDAYS[::3]:
        found = brief(connection, monday)
        law = law_of(found)
        assert law == expected_law(oracle, monday, monday), monday
        news = {line["subject_id"] for line in found if line["line_kind"] == "new_act"}
        assert news == {act for act, day in acts.items() if monday - WEEK < day <= monday}, monday
        told += len(law) + len(news)
    assert told > 30


@pytest.mark.parametrize(
    ("as_of", "known_on"),
    [("2025-11-10", "2025-11-01"), ("2025-11-15", "2025-10-20"), ("2026-11-10", "2026-09-20"),
     ("2026-11-10", "2026-09-25"), ("2027-01-11", "2026-11-25"), ("2025-11-10", "2026-11-25")],
)  # fmt: skip
def test_knowledge_of_another_day_than_that_of_the_brief(connection, oracle, as_of, known_on):
    as_of, known_on = date.fromisoformat(as_of), date.fromisoformat(known_on)
    found = brief(connection, as_of, known_on)
    assert law_of(found) == expected_law(oracle, as_of, known_on)


def test_every_claim_is_told_once_in_the_week_in_which_it_was_surely_known(connection):
    """Figures on applications one by one; the others of one statement share a line."""
    claims = rows(
        connection,
        "select claim_id, body, claim_date, source_url, is_about_applications"
        " from marts.fct_licence_claims",
    )
    expected = defaultdict(set)
    for claim in claims:
        day = last_day(claim["claim_date"])
        monday = day + timedelta(days=-day.weekday() % 7)
        statement = (claim["body"], claim["claim_date"], claim["source_url"])
        expected[monday].add(claim["claim_id"] if claim["is_about_applications"] else statement)
    for monday, wanted in expected.items():
        found = [line for line in brief(connection, monday) if line["line_kind"] == "claim"]
        assert len(found) == len(wanted), monday
        assert {line["known_from"] > monday - WEEK for line in found} == {True}


# --- Laws of a replay -----------------------------------------------------------------------


days = st.dates(date(2022, 1, 1), date(2027, 6, 30))


@given(as_of=days, known_on=days)
@tried()
def test_no_fact_comes_twice_and_none_before_it_was_known(connection, as_of, known_on):
    found = brief(connection, as_of, known_on)
    assert len({line["fact_id"] for line in found}) == len(found)
    assert len({(line["headline"], line["line_kind"]) for line in found}) == len(found)
    assert [line["brief_number"] for line in found] == list(range(1, len(found) + 1))
    # Of equal severity, what reaches only others than the EU comes last.
    elsewhere = rows(
        connection, "select fact_id from marts.fct_brief_facts group by fact_id"
        " having bool_and(destination in ('USA', 'CHN', 'ALL_NON_EU'))",
    )  # fmt: skip
    order = [("high medium low".index(line["severity"]), {"fact_id": line["fact_id"]} in elsewhere)
             for line in found]  # fmt: skip
    assert order == sorted(order)
    for line in found:
        assert line["known_from"] <= known_on
        assert line["evidence_url"]
        assert line["data_origin"] != "synthetic" or line["headline"].startswith(
            "Synthetic sample:"
        )
        if line["line_kind"] in ("state_change", *STANDING):
            assert line["event_date"] <= as_of


def test_a_day_before_all_knowledge_is_not_told_as_a_quiet_week(full_build):
    said = "Nothing recorded here was known by 1900-01-01: the first measure became known on 2019-"
    for format_, data in (("table", None), ("markdown", None), ("csv", ""), ("json", "[]\n")):
        done = run_cli(
            "brief", "--as-of", "1900-01-01", "--format", format_, data_dir=full_build.data_dir
        )
        assert done.returncode == 0
        assert said in " ".join((done.stdout if data is None else done.stderr).split())
        assert "Nothing new" not in done.stdout
        if data:
            assert done.stdout == data
    quiet = run_cli("brief", "--as-of", "2020-06-01", data_dir=full_build.data_dir)
    assert "Nothing new, nothing due, nothing stale." in quiet.stdout


# --- A warehouse of its own -----------------------------------------------------------------

STAND_INS = (
    "int_law__readings", "stg_reference__countries",
    "int_law__measure_states", "int_law__clauses", "int_law__acts", "stg_law__measures",
    "int_licensing__claims",
    "stg_landing__deliveries", "stg_prices__exchange_rates", "stg_prices__metal_prices",
    "int_continuity__readings", "int_continuity__commitment_verdicts",
    "int_licensing__duration_history",
)  # fmt: skip
LAYERS = {"stg": "staging", "int": "intermediate"}


@pytest.fixture(scope="module")
def laboratory(manifest):
    made = ModelLaboratory(manifest, "fct_brief_facts", "dim_country", stand_ins=STAND_INS)
    made.fill_bundled("brief_rules", "eu_membership")
    made.rows("dim_country")
    made.filled_with = None
    made.connection.execute("create schema if not exists reports")
    made.connection.execute(
        "create macro reports.brief(as_of, known_on := null, days := 7) as table "
        + manifest["nodes"]["model.chokepoint.rpt_brief"]["compiled_code"]
    )
    return made


@pytest.fixture(scope="module")
def inputs(full_build):
    """Rows of the models that the facts are made of, from the warehouse."""
    path = full_build.data_dir / "warehouse" / "chokepoint.duckdb"
    with duckdb.connect(str(path), read_only=True) as warehouse:
        return {
            name: rows(warehouse, f"from {LAYERS[name.split('_')[0]]}.{name}") for name in STAND_INS
        }


def ask(laboratory, tables, *asked):
    if laboratory.filled_with != tables:
        for name in STAND_INS:
            laboratory.fill(name, tables.get(name, []))
        laboratory.rows("fct_brief_facts")
        laboratory.filled_with = tables
    return brief(laboratory.connection, *asked)


# Day from which a row of these inputs is there.
KNOWN = {
    "int_law__measure_states": "known_from", "int_law__readings": "known_from",
    "int_law__clauses": "known_from", "int_licensing__claims": "claim_date_latest",
    "int_continuity__readings": "known_from", "int_continuity__commitment_verdicts": "known_from",
    "int_licensing__duration_history": "as_of_date",
}  # fmt: skip


def as_it_was(inputs, day):
    """The inputs as a warehouse would have held them at the end of a day."""
    then = inputs | {
        name: [row for row in inputs[name] if row[column] <= day] for name, column in KNOWN.items()
    }
    known = {row["act_id"] for row in then["int_law__clauses"]}
    for name, column in (("int_law__acts", "act_id"), ("stg_law__measures", "measure_id")):
        then[name] = [row for row in inputs[name] if row[column] in known]
    then["int_law__measure_states"] = [
        row | {"known_to": None if (row["known_to"] or NEVER) > day else row["known_to"]}
        for row in then["int_law__measure_states"]
    ]
    return then


@pytest.mark.parametrize("day", ["2023-07-03", "2025-04-07", "2025-11-10", "2026-11-16"])
def test_what_was_learned_later_changes_no_earlier_brief(laboratory, inputs, day):
    """The brief from a warehouse that ends on the day equals the replay from today's."""
    day = date.fromisoformat(day)
    replayed = ask(laboratory, inputs, day)
    assert ask(laboratory, as_it_was(inputs, day), day) == replayed
    assert replayed


def months(*arrivals):
    return {
        "stg_landing__deliveries": [
            {"source_id": "hmrc_imports_monthly", "period": period, "known_on": known_on,
             "vintage": f"{known_on}-0", "is_current": True}
            for period, known_on in arrivals
        ]
    }  # fmt: skip


JANUARY = ("2027-01", date(2027, 3, 15))
FEBRUARY = ("2027-02", date(2027, 7, 6))
MARCH = ("2027-03", date(2027, 5, 15))


def told(laboratory, tables, day):
    return [(line["line_kind"], line["headline"]) for line in ask(laboratory, tables, day)]


def test_a_late_source_is_stale_and_nothing_else(laboratory):
    """120 days after the last month it is stale, every week until the next one lands."""
    replays = []
    for tables in (months(JANUARY), months(JANUARY, FEBRUARY)):
        assert told(laboratory, tables, date(2027, 5, 31)) == []
        for day in (date(2027, 6, 1), date(2027, 6, 7), date(2027, 7, 5)):
            ((kind, headline),) = told(laboratory, tables, day)
            assert kind == "stale_source"
            assert "nothing newer than 2027-01; a newer period was due by 2027-05-31" in headline
            replays.append(ask(laboratory, tables, day))
    # What landed later leaves the brief of the day as it was.
    assert replays[:3] == replays[3:]
    # Its own 120 days are over too: February is the latest month, and old.
    ((_, headline),) = told(laboratory, months(JANUARY, FEBRUARY), date(2027, 7, 6))
    assert "nothing newer than 2027-02" in headline


def test_a_month_that_is_missing_in_between_is_stale(laboratory):
    tables = months(JANUARY, MARCH)
    assert told(laboratory, tables, date(2027, 5, 31)) == []
    ((kind, headline),) = told(laboratory, tables, date(2027, 6, 7))
    assert kind == "stale_source"
    assert "2027-02 is missing" in headline
    complete = months(JANUARY, FEBRUARY, MARCH)
    assert told(laboratory, complete, date(2027, 6, 7)) == told(
        laboratory, tables, date(2027, 6, 7)
    )
    assert told(laboratory, complete, date(2027, 7, 6)) == []


def test_law_that_was_not_read_again_is_told_until_it_is(laboratory):
    """31 days after the reading, every week; the next one leaves earlier briefs as they were."""
    first, second = date(2027, 1, 15), date(2027, 3, 2)
    readings = [
        {
            "jurisdiction_iso2": "CN", "what_was_read": "list", "read_to": day, "known_from": day,
            "max_age_days": 30, "sets_the_age": True,
        }
        for day in (first, second)
    ]  # fmt: skip
    replays = []
    for count in (1, 2):
        tables = {
            "int_law__readings": readings[:count],
            "stg_reference__countries": [{"iso2": "CN", "country_name": "China"}],
        }
        assert told(laboratory, tables, date(2027, 2, 14)) == []
        for day in (date(2027, 2, 15), date(2027, 3, 1)):
            ((kind, headline),) = told(laboratory, tables, day)
            assert kind == "stale_law"
            assert headline.startswith("Law, China: the list of acts was read to 2027-01-15.")
            replays.append(ask(laboratory, tables, day))
    assert replays[:2] == replays[2:]
    assert told(laboratory, tables, date(2027, 4, 1)) == []
    ((_, headline),) = told(laboratory, tables, date(2027, 4, 2))
    assert "read to 2027-03-02" in headline


def test_only_the_bundled_copy_is_taken_as_out_by_the_usual_day(laboratory):
    """January 2026 of the copy counts from 45 days after it; a file of your own from its day."""
    for known_on, kinds in ((BUNDLED_KNOWN_ON, []), (date(2026, 11, 24), ["stale_source"])):
        tables = months(("2026-01", known_on), ("2025-12", date(2026, 2, 14)))
        found = ask(laboratory, tables, date(2026, 5, 4))
        assert [line["line_kind"] for line in found] == kinds


# --- Flows, verdicts and licence times ------------------------------------------------------

ACTS = {
    "int_law__clauses": [
        {"act_id": act, "clause_id": "whole", "known_from": day, "effective_known_from": day}
        for act, day in (("M1", date(2026, 1, 5)), ("M2", date(2026, 8, 3)))
    ],
    "int_law__acts": [
        {"act_id": act, "is_measure": True, "jurisdiction_iso2": "CN", "title": f"Title of {act}",
         "issuing_authority": "MOFCOM", "standing": "law", "announced_on": "2026-01-05",
         "source_url": "https://example.org", "instrument_no": f"No. {act[1]}/2026"}
        for act in ("M1", "M2")
    ],
}  # fmt: skip


def flow(period, reading, known_from, **changes):
    return {
        "measure_id": "M1", "announced_on": date(2026, 1, 5), "reporter_code": "GBR",
        "partner_code": "CHN", "flow": "import", "source_id": "hmrc_imports_monthly",
        "nomenclature": "HS2022", "product_code": "850511", "data_origin": "real",
        "series_number": 1, "period": period, "period_end": last_day(period), "reading": reading,
        "deviation": -0.6, "is_short_baseline": False, "is_total": False,
        "known_from": known_from, **changes,
    }  # fmt: skip


def told_flows(laboratory, flows, arrivals, day):
    tables = ACTS | months(*arrivals) | {"int_continuity__readings": flows}
    return [
        (line["severity"], line["headline"])
        for line in ask(laboratory, tables, day)
        if line["line_kind"] == "flow_surprise"
    ]


ARRIVED = ("2027-01", date(2027, 3, 17))


def test_a_stop_is_told_once_whatever_acts_cover_the_product(laboratory):
    later = {"measure_id": "M2", "announced_on": date(2026, 8, 3)}
    flows = [
        flow("2027-01", "stopped", date(2027, 3, 17), **act, deviation=-1.0) for act in ({}, later)
    ]
    ((severity, headline),) = told_flows(laboratory, flows, [ARRIVED], date(2027, 3, 22))
    assert severity == "high"
    assert headline == (
        "GBR imports of 850511 from CHN in 2027-01: none, after six months or more with trade; "
        "CN No. 2/2026 (Title of M2) was announced on 2026-08-03."
    )
    assert told_flows(laboratory, flows, [ARRIVED], date(2027, 3, 29)) == []


def test_the_total_of_all_partners_is_no_surprise_of_its_own(laboratory):
    """A fall of the largest supplier makes the total fall too: that is one fact."""
    flows = [
        flow("2027-01", "below", date(2027, 3, 17)),
        flow("2027-01", "below", date(2027, 3, 17), partner_code="WORLD", is_total=True),
    ]
    (told,) = told_flows(laboratory, flows, [ARRIVED], date(2027, 3, 22))
    assert "from CHN" in told[1]


def test_a_month_that_did_not_come_is_stale_and_never_a_collapse(laboratory):
    """February is missing; the reader must not be told that trade fell."""
    missing = [flow("2027-02", "missing", date(2027, 4, 14), deviation=None)]
    for number in range(20):
        day = date(2027, 4, 5) + number * WEEK
        assert told_flows(laboratory, missing, [JANUARY], day) == []
    tables = ACTS | months(JANUARY) | {"int_continuity__readings": missing}
    (line,) = ask(laboratory, tables, date(2027, 6, 7))
    assert line["line_kind"] == "stale_source"


def test_a_late_month_is_told_when_it_came_and_not_on_its_usual_day(laboratory):
    flows = [flow("2027-02", "below", date(2027, 4, 14))]
    assert told_flows(laboratory, flows, [JANUARY, FEBRUARY], date(2027, 4, 19)) == []
    ((severity, headline),) = told_flows(laboratory, flows, [JANUARY, FEBRUARY], date(2027, 7, 12))
    assert severity == "medium"
    assert ": 60% below the level projected from the months before;" in headline


def test_a_verdict_is_told_when_it_changes(laboratory):
    def verdict(period, said, known_from):
        return {
            "commitment_id": "K1", "period": period, "verdict": said, "known_from": known_from,
            "promised_by": "MOFCOM", "promised_to": "EU", "made_on": date(2026, 5, 1),
            "summary": "Licences come faster.", "verdict_reason": "Median of 3 months: 50%.",
            "data_origin": "real", "source_url": "https://example.org/promise",
        }  # fmt: skip

    tables = {
        "int_continuity__commitment_verdicts": [
            verdict("2026-05", "too_early", date(2026, 5, 1)),
            verdict("2026-08", "partly", date(2026, 10, 15)),
            verdict("2026-09", "partly", date(2026, 11, 14)),
            verdict("2026-10", "not_kept", date(2026, 12, 15)),
        ]
    }
    seen = []
    for number in range(40):
        monday = date(2026, 4, 27) + number * WEEK
        seen += [(line["severity"], line["headline"]) for line in ask(laboratory, tables, monday)]
    assert seen == [
        (
            severity,
            "MOFCOM to EU, 2026-05-01: Licences come faster. "
            f"Verdict: {said}. Median of 3 months: 50%.",
        )
        for severity, said in (("medium", "partly"), ("high", "not kept"))
    ]


@pytest.mark.parametrize(
    ("origin", "begin", "severity"),
    [("synthetic", "Synthetic sample: licences for terbium", "low"),
     ("own", "Licences for terbium", "medium")],
)  # fmt: skip
def test_a_shift_of_licence_times_is_told_once_and_a_synthetic_one_says_so(
    laboratory, origin, begin, severity
):
    def month_end(day, is_shift, shift):
        return {
            "data_origin": origin, "stratum_kind": "material", "stratum": "terbium",
            "as_of_date": day, "n": 24, "n_events": 15, "n_censored": 9, "median_days": 67,
            "median_low": 52, "median_high": 88, "previous_median_days": 40,
            "shift_days": shift, "is_shift": is_shift,
        }  # fmt: skip

    tables = {
        "int_licensing__duration_history": [
            month_end(date(2026, 6, 30), False, 2),
            month_end(date(2026, 7, 31), True, 27),
            month_end(date(2026, 8, 31), True, 30),
        ]
    }
    seen = [
        line
        for number in range(14)
        for line in ask(laboratory, tables, date(2026, 6, 29) + number * WEEK)
    ]
    (line,) = seen
    assert line["line_kind"] == "licence_time_shift"
    assert (line["severity"], line["data_origin"]) == (severity, origin)
    assert line["headline"] == (
        f"{begin}, by 2026-07-31: median time to decision 67 days (52 to 88), 40 days three "
        "months before; 9 of 24 still pending."
    )

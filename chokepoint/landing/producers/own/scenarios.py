"""Scenarios: what is assumed to be otherwise, as data. A scenario without changes is the base."""

from __future__ import annotations

from chokepoint.landing.columns import amount, day, one_of, text
from chokepoint.landing.contracts import Column, SourceContract

CHANGE_KINDS = ("law_state", "supplier_loss", "flow_loss", "licence_pace")
TARGET_KINDS = ("act", "site", "firm", "country", "material", "all")
# States that a scenario may put an act in (seeds/reference/measure_state_map.csv has all).
STATES = ("in_force", "suspended", "exempted", "expired", "repealed")
DATA_ORIGINS = ("own", "assumption")
PERIOD_SQL = "data_origin || '-' || scenario_id"

# The targets that go with each kind of change.
_TARGETS_OF = {
    "law_state": ("act",),
    "supplier_loss": ("site", "firm", "country"),
    "flow_loss": ("country",),
    "licence_pace": ("material", "all"),
}

_SCENARIO = text("scenario_id").must(
    "regexp_full_match(scenario_id, '[a-z0-9][a-z0-9_-]{0,59}') and scenario_id <> 'base'",
    "not the name of a scenario",
    "Use small letters, digits, - and _, at most 60, and not base: that is the state "
    "without any change.",
)

SCENARIOS = SourceContract(
    source_id="scenarios",
    title="Scenarios",
    file_pattern="scenarios_*.csv*",
    columns=(
        _SCENARIO,
        text("title"),
        text("description"),
        day("assumed_on"),
        text("evidence_source", nullable=True),
        one_of("data_origin", DATA_ORIGINS),
    ),
    key=("scenario_id",),
    period_sql=PERIOD_SQL,
    frequency="once",
    # A scenario that lacks one of its parts is another scenario.
    max_quarantine_share=0.0,
)

_PAIRS = " or ".join(
    f"(change_kind = '{kind}' and target_kind in ({', '.join(repr(name) for name in targets)}))"
    for kind, targets in _TARGETS_OF.items()
)

SCENARIO_CHANGES = SourceContract(
    source_id="scenario_changes",
    title="What a scenario changes",
    file_pattern="scenario_changes_*.csv*",
    columns=(
        _SCENARIO,
        Column("change_number", "integer").must(
            "change_number > 0",
            "not a number above zero",
            "Count from 1.",
        ),
        one_of("change_kind", CHANGE_KINDS),
        one_of("target_kind", TARGET_KINDS).must(
            f"change_kind not in ({', '.join(repr(kind) for kind in CHANGE_KINDS)}) or {_PAIRS}",
            "a target that this kind of change cannot have",
            "; ".join(f"{kind}: {', '.join(of)}" for kind, of in _TARGETS_OF.items()) + ".",
        ),
        text("target_id").must(
            "target_kind <> 'act' or is_known_act(target_id)",
            "unknown act",
            "Use an identifier of seeds/measures/measures.csv or law_acts.csv, or add "
            "the act there.",
        ),
        text("clause_id", nullable=True),
        one_of("state", STATES, nullable=True).must(
            "state is null or change_kind = 'law_state'",
            "a state, but no change of law",
            "Leave the state empty, or make change_kind law_state.",
        ),
        text("product_code", nullable=True).must(
            r"regexp_full_match(product_code, '\d{2}(\d{2}(\d{2}(\d{2})?)?)?')",
            "not a code of 2, 4, 6 or 8 digits",
            "Write the code, or the first digits of the codes that are meant.",
        ),
        Column("share_lost", "decimal(9,6)", nullable=True).must(
            "share_lost > 0 and share_lost <= 1",
            "not a share above 0 and up to 1",
            "Write the part that is lost as a fraction of one.",
        ),
        amount("pace_factor", "decimal(9,6)", nullable=True, positive=True),
        day("valid_from"),
        day("valid_to", nullable=True).must(
            "valid_to > valid_from",
            "ends before it begins",
            "The end is the first day on which it no longer holds.",
        ),
        text("note", nullable=True),
        one_of("data_origin", DATA_ORIGINS)
        .must(
            "change_kind <> 'law_state' or state is not null",
            "a change of law without a state",
            f"Give the state: {', '.join(STATES)}.",
        )
        .must(
            "change_kind not in ('supplier_loss', 'flow_loss') or share_lost is not null",
            "a loss without its share",
            "Give share_lost: 1 where all is lost.",
        )
        .must(
            "change_kind <> 'licence_pace' or pace_factor is not null",
            "a change of pace without its factor",
            "Give pace_factor: 0.5 for half the pace.",
        ),
    ),
    key=("scenario_id", "change_number"),
    period_sql=PERIOD_SQL,
    frequency="once",
    max_quarantine_share=0.0,
)

CONTRACTS = (SCENARIOS, SCENARIO_CHANGES)

"""The one shape of a check's outcome, whichever engine ran it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from chokepoint.errors import ChokepointError

# Seen by a check that did not run on what is published: `chokepoint publish --as-is`.
UNCHECKED = "not run on what is published here: the warehouse was written to since its checks"


@dataclass(frozen=True)
class CheckResult:
    """One check, run once, on one relation.

    check_name      unique name, `<relation>__<claim>`
    relation        what was checked, with its schema or layer
    layer           'landing', 'dbt' or 'published'
    engine          'great_expectations', 'dbt' or 'duckdb'
    severity        'error' stops a release, 'warn' must be looked at
    status          'pass', 'fail', 'warn', 'error' (could not be run) or 'skipped'
    observed        what was seen, as text
    expected        what was asked for, as text
    reason          what would go wrong in the world
    failing_sample  a JSON array of up to five failing rows
    seconds         wall time of the check
    checked_on      day on which it ran, in UTC; a check of what is as it was is not run again
    """

    check_name: str
    relation: str
    layer: str
    engine: str
    severity: str
    status: str
    observed: str | None
    expected: str | None
    reason: str
    failing_sample: str | None = None
    seconds: float | None = None
    checked_on: str | None = None


def blocking(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Checks that forbid a release: severity error, and failed or could not run."""
    return [
        result
        for result in results
        if result.severity == "error" and result.status in ("fail", "error")
    ]


def scope() -> str:
    """`full` or `fixture` (CHOKEPOINT_EXPECTATION_SCOPE; ChokepointError for another word): the
    whole bundled data, or a test's."""
    found = os.environ.get("CHOKEPOINT_EXPECTATION_SCOPE", "full")
    if found not in ("full", "fixture"):
        raise ChokepointError(
            f"CHOKEPOINT_EXPECTATION_SCOPE is {found!r}.", "Set it to full or fixture."
        )
    return found


# What a check says that was left out.
NOT_IN_SCOPE = "needs the whole bundled data; the scope is fixture"

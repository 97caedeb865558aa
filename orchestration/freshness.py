"""Overdue data and overdue law, as checks that warn by the release. Not Dagster's FreshnessPolicy:
it counts from the last run of an asset, and each build runs all."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from chokepoint.landing.registry import CONTRACTS
from chokepoint.settings import Settings
from orchestration.assets.landing import landing_key
from orchestration.assets.publishing import RELEASE
from orchestration.resources import WRITER_POOL

NAME = "is_not_overdue"
NOTHING = "nothing has landed"
LAW = dg.AssetKey(["meta", "law_coverage"])
# One row per source, and per jurisdiction whose law is read: what there is, its last good day, and
# whether that has passed. A sample has no such day.
_LAST_DAYS = """
    select source_id, 'latest period ' || latest_period, stale_after, coalesce(is_stale, false)
    from reports.rpt_source_freshness
    union all
    select
        null,
        jurisdiction || coalesce(', list read to ' || list_read_to, ', list not read')
        || ', newest source ' || newest_source_on,
        stale_after,
        stale_after < coalesce(cast(getvariable('as_of') as date), current_date)
    from meta.law_coverage
    order by stale_after
"""


def freshness_checks() -> dg.AssetChecksDefinition:
    """A check per landed source and one for the law; in a build they run after the release."""
    keys = {landing_key(source_id): "the producer's next period" for source_id in CONTRACTS}
    specs = [
        dg.AssetCheckSpec(
            NAME,
            asset=key,
            description=f"Says when {what} should have come, and has not.",
            additional_deps=[RELEASE],
        )
        for key, what in (keys | {LAW: "a new reading of the law"}).items()
    ]

    @dg.multi_asset_check(
        name="freshness_checks",
        specs=specs,
        can_subset=True,
        pool=WRITER_POOL,
        description="Data and law that are overdue today, by the dates in the release.",
    )
    def run_freshness_checks(
        context: dg.AssetCheckExecutionContext,
    ) -> Iterator[dg.AssetCheckResult]:
        asked = {key.asset_key for key in context.selected_asset_check_keys}
        for result in overdue(Settings.from_env()):
            if result.asset_key in asked:
                yield result

    return run_freshness_checks


def overdue(settings: Settings, as_of: date | None = None) -> Iterator[dg.AssetCheckResult]:
    """What is to be said on a day, today if none is named, of each source and of the law."""
    import duckdb

    with duckdb.connect(str(settings.published_path), read_only=True) as con:
        con.execute("set variable as_of = cast(? as date)", [as_of])
        rows = con.execute(_LAST_DAYS).fetchall()
    found: dict[dg.AssetKey, tuple[list[str], list[str]]] = {}
    for source_id, what, last_day, is_late in rows:
        late, due = found.setdefault(landing_key(source_id) if source_id else LAW, ([], []))
        if is_late:
            late.append(f"{what}; the next was due by {last_day}")
        elif what:
            due.append(what + (f"; the next is due by {last_day}" if last_day else ""))
    for key, (late, due) in found.items():
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=NAME,
            passed=not late,
            severity=dg.AssetCheckSeverity.WARN,
            description=" / ".join(late or due[:1]) or NOTHING,
        )

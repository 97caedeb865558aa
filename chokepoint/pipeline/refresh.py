"""Bringing the warehouse up to date: what a plan says is due is fetched and landed file by file. A
source that fails is told and left; a refused file is put aside, and fetched again the next time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.console import size
from chokepoint.errors import ChokepointError
from chokepoint.landing.download.fetch import Fetched, download
from chokepoint.landing.download.parts import STATE_FOLDER
from chokepoint.landing.download.plan import Plan, SourcePlan
from chokepoint.landing.land import land, land_bundled
from chokepoint.landing.periods import current_deliveries
from chokepoint.landing.refusals import DeliveryRefusedError
from chokepoint.landing.registry import CONTRACTS
from chokepoint.locks import writer_lock
from chokepoint.settings import make_private_folder

if TYPE_CHECKING:
    from chokepoint.settings import Settings

REFUSED_FOLDER = "refused"
UPDATES_FOLDER = "updates"
_CAME = ("downloaded", "resumed", "revised")


@dataclass(frozen=True)
class Refreshed:
    """What became of one source: of each file, what `landed` (name -> rows) or was `refused` (name
    -> why), and as `fault` why it was not asked, or no further (else empty)."""

    plan: SourcePlan
    fetched: tuple[Fetched, ...] = ()
    landed: tuple[tuple[str, int], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    fault: str = ""

    @property
    def is_absent(self) -> bool:
        """Whether of several files, all of which should be out by now, not one was there."""
        return len(self.fetched) > 1 and self.count("not published") == len(self.fetched)

    @property
    def is_trouble(self) -> bool:
        is_refused = bool(self.refused or self.fault or self.is_absent)
        return is_refused or any(one.is_trouble for one in self.fetched)

    def count(self, *statuses: str) -> int:
        return sum(one.status in statuses for one in self.fetched)


def refresh(settings: Settings, plan: Plan, **options: Any) -> list[Refreshed]:
    """Fetch what is due and land it, source by source, with the options of `download`;
    ChokepointError when another process writes."""
    make_private_folder(settings.inbox_dir)
    return [_refresh_source(settings, one, options) for one in plan.sources if one.due]


def _refresh_source(settings: Settings, plan: SourcePlan, options: dict[str, Any]) -> Refreshed:
    from chokepoint.landing.download.addresses import PRODUCERS

    if plan.hindrance:
        return Refreshed(plan, fault=plan.hindrance)
    try:
        fetched = download(
            PRODUCERS[plan.source_id],
            list(plan.requests),
            into=settings.inbox_dir,
            **options,
        )
    except ChokepointError as error:
        return Refreshed(plan, fault=str(error))
    landed, refused = [], []
    with writer_lock(settings, "update"):
        # A file of the user's is compared with what was there before.
        land_bundled(settings, plan.source_id)
        for one in fetched:
            path = settings.inbox_dir / one.file_name
            if one.status not in (*_CAME, "unchanged") or not path.is_file():
                continue
            today = dt.datetime.now(dt.UTC).date()
            try:
                report = land(path, CONTRACTS[plan.source_id], settings, known_on=today)
            except DeliveryRefusedError as error:
                state = settings.inbox_dir / STATE_FOLDER
                (state / REFUSED_FOLDER).mkdir(exist_ok=True)
                path.replace(state / REFUSED_FOLDER / path.name)
                # So that no code counts as answered.
                (state / f"{path.name}.json").unlink(missing_ok=True)
                refused.append((one.file_name, str(error)))
            else:
                if report.status == "landed":
                    landed.append((one.file_name, report.rows_landed))
    return Refreshed(plan, tuple(fetched), tuple(landed), tuple(refused))


def told(results: Iterable[Refreshed]) -> list[str]:
    """What became of each source as lines of Markdown."""
    lines = []
    for one in results:
        came = [file for file in one.fetched if file.status in _CAME]
        parts = [
            f"{len(came)} files ({size(sum(file.size_bytes for file in came))})" if came else "",
            f"{sum(rows for _, rows in one.landed):,} rows landed" if one.landed else "",
            *(
                f"{count} {status}"
                for status in ("unchanged", "not published", "failed", "left alone", "not tried")
                if (count := one.count(status))
            ),
        ]
        said = ", ".join(filter(None, parts)) or "nothing came"
        lines.append(f"- **{one.plan.title}** (`{one.plan.source_id}`): {said}")
        for file in one.fetched:
            if file.is_trouble:
                lines.append(
                    f"  - {file.file_name}: {file.status}; {file.note}. What landed before stays, "
                    "and the next update asks again"
                )
        if one.is_absent:
            lines.append(
                "  - none of these files was there, although all should be out by now: the "
                "producer may have moved them. Look at its page (docs/sources), and fetch by hand "
                "into data/inbox, or name where they are with --base-url"
            )
        for name, why in one.refused:
            lines.append(f"  - {name} was refused and put aside: {' '.join(why.split())}")
        if one.fault:
            lines.append(f"  - {' '.join(one.fault.split())}")
    return lines


def write_lines(settings: Settings, now: dt.datetime, *texts: str | Iterable[str]) -> Path:
    """Write texts and lists of lines into `data/updates/`, under the moment's name."""
    folder = settings.data_dir / UPDATES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H%M%SZ}.md"
    parts = [one if isinstance(one, str) else "\n".join(one) for one in texts]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return path


def stopped(settings: Settings, plan: Plan) -> list[str]:
    """Reporters whose figures end half a year or more before those of their source, as lines."""
    import duckdb

    lines = []
    for one in plan.sources:
        contract = CONTRACTS[one.source_id]
        rows = current_deliveries(settings, one.source_id)
        if "reporter" not in contract.column_names or not rows:
            continue
        files = [str(settings.landing_dir / row["parquet_path"]) for row in rows]
        with duckdb.connect(config=settings.duckdb_config()) as con:
            found = con.execute(
                f"""
                with ends as (
                    select
                        reporter,
                        max({contract.period_sql}) as last_period,
                        cast(left(last_period, 4) as integer) * 12
                        + coalesce(try_cast(substr(last_period, 6) as integer), 12)
                            as month_number,
                    from read_parquet($1)
                    group by reporter
                )

                select reporter, last_period
                from ends
                where month_number <= (select max(month_number) from ends) - 6
                order by all
                """,
                [files],
            ).fetchall()
        lines += [f"- {one.source_id}: {who} ends with {last}" for who, last in found]
    return lines


def without_answers(plan: Plan) -> list[str]:
    """Codes of which no source of the plan has a row, as a line of Markdown each."""
    lines = []
    for code, states in plan.codes:
        if any(state.landed for state in states):
            continue
        asked = [state.source_id for state in states if state.answered]
        why = f"asked for, no row: {', '.join(asked)}" if asked else "not asked for yet"
        lines.append(f"- {code.family} {code.code} {code.name}: {why}")
    return lines

"""`chokepoint update`: what is due, fetched, landed, built, and told in a brief."""

from __future__ import annotations

import textwrap
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from typer import Option

from chokepoint.cli.options import Pause, SendKeyTo, codes_of
from chokepoint.console import Screen, escape, open_console, size, table
from chokepoint.settings import Settings

if TYPE_CHECKING:
    from chokepoint.landing.download.plan import Plan, SourcePlan
    from chokepoint.releases.published import Release

_NAME_WIDTH = 32


def update(
    settings: Settings,
    plan: Annotated[
        bool, Option("--plan", help="Show what is due and what it costs; fetch nothing.")
    ] = False,
    profile: Annotated[str, Option(help="What to fetch: listed, or everything.")] = "listed",
    source: Annotated[str, Option(help="Sources, separated by commas; default: all.")] = "",
    codes: Annotated[str, Option(help="Listed codes, or their first digits; default: all.")] = "",
    months: Annotated[
        int | None, Option(min=1, max=480, help="Months; default: by profile.")
    ] = None,
    fetch_only: Annotated[
        bool, Option("--fetch-only", help="Fetch and land; build nothing.")
    ] = False,
    base_url: Annotated[
        str | None, Option(help="Another host; its data are never published.")
    ] = None,
    send_key_to: SendKeyTo = None,
    pause: Pause = None,
) -> None:
    """Bring the data up to date. Fetches what is due, builds, publishes, reports what changed."""
    # It exits with 1 where a file failed or was refused, or where the build made no release.
    from chokepoint.cli import build
    from chokepoint.landing.download.display import DownloadDisplay
    from chokepoint.landing.download.plan import make_plan
    from chokepoint.landing.download.transfer import Manners
    from chokepoint.pipeline import refresh
    from chokepoint.releases.published import current_release

    made = make_plan(
        settings, profile=profile, sources=codes_of(source), codes=codes_of(codes), months=months
    )
    console = open_console()
    if plan:
        _show(console, made)
        return
    before = current_release(settings)
    with DownloadDisplay(console) as display:
        results = refresh.refresh(
            settings, made, base_url=base_url, send_key_to=send_key_to,
            manners=Manners(pause_seconds=pause), listener=display,
        )  # fmt: skip
    lines = refresh.told(results) or ["- Nothing was due."]
    code = 0 if fetch_only else build.run(settings)
    after = current_release(settings)
    path = _write_brief(settings, made, lines, before, after, is_built=not fetch_only and not code)
    console.print()
    for line in lines:
        console.say(line.replace("**", ""), markup=False)
    console.say(f"\nBrief of this update: {escape(str(path))}")
    failed = any(one.is_trouble and not one.plan.hindrance for one in results)
    raise typer.Exit(failed or bool(code))


def _write_brief(
    settings: Settings,
    plan: Plan,
    lines: list[str],
    before: Release | None,
    after: Release | None,
    *,
    is_built: bool,
) -> Path:
    """Write what came, which codes have no row, what moved, and the brief of the week."""
    from chokepoint.landing.download.plan import make_plan
    from chokepoint.pipeline import refresh

    now = datetime.now(UTC)
    # What has landed by now, not what the plan began with.
    fresh = make_plan(settings, profile=plan.profile, today=plan.today)
    bare = refresh.without_answers(fresh)
    if not is_built or after is None:
        release = "Nothing was published; the last release is unchanged."
    elif before is not None and before.release_id == after.release_id:
        release = f"{after.release_id}, as before."
    else:
        release = f"{after.release_id}\n\n{_what_moved(settings, before, after)}"
    return refresh.write_lines(
        settings,
        now,
        f"# Update of {now:%Y-%m-%d %H:%M} UTC, profile {plan.profile}",
        "## What came",
        lines,
        f"## Listed codes without a row: {len(bare)} of {len(fresh.codes)}",
        bare or "None.",
        *(["## Reporters that stopped", gone] if (gone := refresh.stopped(settings, plan)) else []),
        "## Release",
        release,
    )


def _what_moved(settings: Settings, before: Release | None, after: Release) -> str:
    from chokepoint.releases.numbered import differences

    older = before.directory / settings.published_path.name if before else None
    if before is None or older is None or not older.is_file():
        return "There is no earlier release to compare it with.\n"
    told = differences(
        settings, before.release_id, older, after.release_id, settings.published_path
    )
    # Its title is one level too high here.
    return told.partition("\n")[2].lstrip().replace("\n## ", "\n### ").replace("## ", "### ", 1)


def _show(console: Screen, plan: Plan) -> None:
    from chokepoint.landing.download.plan import BULK_OF

    console.say(f"[bold]Plan of {plan.today}, profile {escape(plan.profile)}[/]")
    console.print()
    shown = table(
        "", "source", "due", "why", "from", "to", "questions", "rows", "bytes",
        right=("", "questions", "rows", "bytes"),
    )  # fmt: skip
    for number, one in enumerate(plan.sources, start=1):
        reasons = Counter(one.due.values())
        shown.add_row(
            str(number),
            one.source_id,
            f"{len(one.due)} of {len(one.wanted_periods)}",
            ", ".join(f"{count} {reason}" for reason, count in reasons.items()),
            min(one.due, default=""),
            max(one.due, default=""),
            f"{one.calls:,}",
            "unknown" if one.rows is None else f"{one.rows:,}",
            "unknown" if one.size_bytes is None else size(one.size_bytes),
        )
    console.print(shown)
    console.say(
        "\nRows and bytes are estimates from what came before; a producer may send more or less."
    )
    for number, one in enumerate(plan.sources, start=1):
        for text in _notes(one):
            console.say(escape(f"({number}) {text}"))
    if not plan.codes:
        return
    console.print()
    counted = [one for one in plan.sources if one.codes]
    numbers = {one.source_id: f"({n})" for n, one in enumerate(plan.sources, start=1) if one.codes}
    codes = table("code", "", *numbers.values(), right=tuple(numbers.values()))
    for code, states in plan.codes:
        by_source = {state.source_id: state for state in states}
        # A bulk file brings the codes of the source in whose place it stands.
        in_bulk = {BULK_OF.get(name): state for name, state in reversed(by_source.items())}
        codes.add_row(
            code.code,
            escape(textwrap.shorten(code.name, _NAME_WIDTH, placeholder="…")),
            *(
                _state(by_source.get(one.source_id) or in_bulk.get(one.source_id))
                for one in counted
            ),
        )  # fmt: skip
    console.say(
        f"[bold]{len(plan.codes)} listed codes[/]: periods landed of those wanted, by source; "
        "(n empty): asked for, and no row came"
    )
    console.print(codes)


def _notes(one: SourcePlan) -> list[str]:
    from chokepoint.landing.download.addresses import PRODUCERS

    found: list[str] = []
    if not one.due:
        return found
    host = urlsplit(PRODUCERS[one.source_id].base_url).netloc
    found.append(
        f"{one.title}{f', {host}' if host else ''}" + (f"; {one.note}" if one.note else "")
    )
    if one.cells:
        found.append(f"up to {one.cells:,} cells a question")
    if one.days > 1:
        found.append(f"the producer's daily limit makes {one.days} days of it")
    if one.hindrance:
        found.append(one.hindrance)
    return found


def _state(state: Any) -> str:
    if state is None or not state.wanted:
        return ""
    empty = f" ({state.answered} empty)" if state.answered else ""
    return f"{state.landed} of {state.wanted}{empty}"

"""Commands on releases: publish, go back, number, show, compare and verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from chokepoint.cli.answers import write
from chokepoint.cli.options import Address
from chokepoint.console import Screen, escape, open_console, table, write_file
from chokepoint.errors import ChokepointError, listed
from chokepoint.locks import writer_lock
from chokepoint.settings import Settings


def publish(
    settings: Settings,
    rollback: Annotated[
        bool, Option("--rollback", help="Return to the previous release, or to RELEASE.")
    ] = False,
    release: Annotated[str | None, Argument(help="With --rollback: a release id.")] = None,
    list_: Annotated[bool, Option("--list", help="List the releases that are kept.")] = False,
    keep: Annotated[int | None, Option(help="Remove all but the newest releases.")] = None,
    as_is: Annotated[
        bool, Option("--as-is", help="Release even what was not checked; every page says so.")
    ] = False,
) -> None:
    """Release what the warehouse holds. Or go back to an earlier release."""
    if sum((rollback, list_, keep is not None, as_is)) > 1:
        raise ChokepointError(
            "--rollback, --list, --keep and --as-is exclude each other.", "give one."
        )
    if release and not rollback:
        raise ChokepointError(
            f"Without --rollback there is nothing to do with {release!r}.", "add --rollback."
        )
    if rollback or list_ or keep is not None:
        releases(settings, rollback=rollback, to=release, keep=keep)
        return
    from chokepoint.cli import build

    raise typer.Exit(build.run(settings, job="publish", as_is=as_is))


def releases(settings: Settings, *, rollback: bool, to: str | None, keep: int | None) -> None:
    """Go back, clean up, or (neither) only list; end with the list of releases."""
    from chokepoint.releases import published

    console = open_console()
    if rollback or keep is not None:
        with writer_lock(settings, "publish"):
            if rollback:
                console.print(f"Published again: {escape(published.rollback(settings, to))}")
            if keep is not None:
                removed = published.prune(settings, keep)
                console.print(f"Removed: {escape(', '.join(removed)) or 'nothing'}")
    current = published.current_release(settings)
    shown = table("release", "built (UTC)", "rows", "content", "state", right=("rows",))
    for release in published.list_releases(settings):
        is_current = current is not None and release.release_id == current.release_id
        shown.add_row(
            escape(release.release_id),
            f"{release.built_at:%Y-%m-%d %H:%M}",
            f"{release.row_count:,}",
            release.content_hash[:8],
            "current" if is_current else "withdrawn" if release.is_withdrawn else "",
        )
    if not say_damaged(console, settings) or shown.row_count:
        console.print(shown if shown.row_count else "No release yet: run `make build`.")


def say_damaged(console: Screen, settings: Settings) -> bool:
    """Name the releases that cannot be read; whether there are any."""
    from chokepoint.releases.published import damaged_releases

    damaged = damaged_releases(settings)
    for said in damaged:
        console.say(f"[bold red]damaged[/]    {escape(said)}")
    return bool(damaged)


def release(settings: Settings, context: typer.Context) -> None:
    """Turn the published build into a numbered release. Or list, show and compare releases."""
    if context.invoked_subcommand is not None:
        return
    from chokepoint.releases.numbered import make_numbered

    console = open_console()
    with writer_lock(settings, "release"):
        made = make_numbered(settings)
    since = f", compared with {made.previous}" if made.previous else ""
    console.say(f"Release {made.version}: {made.row_count:,} rows{since}.")
    console.say(escape(str(made.directory)))
    console.print("What is in it, and what moved: `chokepoint release show`.")


def release_errata(
    settings: Settings,
    output: Annotated[
        Path | None, Option(help="Write every corrected figure: .csv or .xml.")
    ] = None,
    address: Address = "",
) -> None:
    """Count the figures that a later release corrected; write them as CSV or as an Atom feed."""
    from chokepoint.releases import errata

    console = open_console()
    if output is not None:
        if output.suffix not in (".csv", ".xml"):
            raise ChokepointError(f"{output} ends in neither .csv nor .xml.", "name it so.")
        is_csv = output.suffix == ".csv"
        text = errata.errata_csv(settings) if is_csv else errata.errata_feed(settings, address)
        write_file(output, text.encode())
        console.say(escape(str(output)))
        return
    shown = table("release", "corrects", "relation", "cause", "figures", right=("figures",))
    for row in errata.counts(settings):
        shown.add_row(*map(str, row[:-1]), f"{row[-1]:,}")
    console.print(
        shown
        if shown.row_count
        else "No figure of a numbered release was corrected by a later one."
    )


def release_figure(
    settings: Settings,
    version: Annotated[str, Argument(help="Version of the release, such as 2026.11.0.")],
    relation: Annotated[str, Argument(help="Published table or view.")],
    column: Annotated[str, Argument(help="Column of the figure.")],
    key: Annotated[str, Option(help='JSON that finds the row: {"period": "2024", ...}.')],
) -> None:
    """Replay a cited figure from the release it names, and say whether it was corrected since."""
    from chokepoint.releases.errata import figure

    console = open_console()
    found = figure(settings, version, relation, column, key)
    console.say(f"[bold]{escape(found.value or 'no value')}[/]")
    console.say(escape(f"{found.relation}.{found.column} of release {version}"))
    if found.description:
        console.say(f"[dim]{escape(found.description)}[/]")
    for later, value in found.corrections:
        console.say(
            f"[bold]Corrected by release {escape(later)}:[/] {escape(value or 'no such figure')}"
        )
    if not found.corrections:
        console.say("No later release that is kept here gives another value.")


def release_list(settings: Settings) -> None:
    """List the numbered releases."""
    from chokepoint.releases.numbered import numbered_folders, read_numbered

    console = open_console()
    shown = table("release", "made (UTC)", "rows", "content", "build", right=("rows",))
    folders = numbered_folders(settings).values()
    for folder in folders:
        try:
            made = read_numbered(folder)
        except ChokepointError as error:
            console.say(f"[bold red]damaged[/]    {escape(str(error))}")
            continue
        shown.add_row(
            made.version,
            f"{made.released_at:%Y-%m-%d %H:%M}",
            f"{made.row_count:,}",
            made.content_hash[:8],
            escape(made.build_id),
        )
    console.print(shown if folders else "No numbered release yet: run `chokepoint release`.")


def release_show(
    settings: Settings,
    version: Annotated[str | None, Argument(help="Version; default: the newest.")] = None,
) -> None:
    """Print the notes of a release."""
    from chokepoint.releases.numbered import find_numbered, latest_numbered

    made = latest_numbered(settings) if version is None else find_numbered(settings, version)
    if made is None:
        raise ChokepointError("There is no numbered release yet.", "run `chokepoint release`.")
    write(made.notes)


def release_diff(
    settings: Settings,
    before: Annotated[str, Argument(help="Version of the older release.")],
    after: Annotated[str, Argument(help="Version of the newer one, or `published`.")],
    cells: Annotated[
        Path | None, Option(help="Write every changed cell and its causes: .csv or .parquet.")
    ] = None,
) -> None:
    """Show what differs between two releases: columns, rows, and figures with their causes."""
    from chokepoint.reading.connection import connect_published
    from chokepoint.releases.numbered import differences, find_numbered

    if cells is not None and cells.suffix not in (".csv", ".parquet"):
        raise ChokepointError(f"{cells} is neither .csv nor .parquet.", "name such a file.")
    older = find_numbered(settings, before).path
    if after == "published":
        connect_published(settings).close()
        newer = settings.published_path
    else:
        newer = find_numbered(settings, after).path
    write(differences(settings, before, older, after, newer, cells))


def verify(settings: Settings) -> bool:
    """Whether there is a release, and files are as SHA256SUMS beside them says: what readers have
    and each release."""
    from chokepoint.releases.numbered import numbered_folders
    from chokepoint.releases.published import current_release, list_releases, unlike_checksums

    console = open_console()
    is_damaged = say_damaged(console, settings)
    current = current_release(settings)
    kept = [(release.directory, release) for release in list_releases(settings)]
    folders = [(folder, None) for folder in numbered_folders(settings).values()] + kept
    if current is not None:
        folders.insert(0, (settings.published_dir, current))
    found = [(folder, release, list(unlike_checksums(folder))) for folder, release in folders]
    # What readers have now, before another that was not withdrawn.
    whole = [
        one.release_id
        for folder, one, unlike in found
        if one and folder != settings.published_dir and not unlike
        if one == current or not one.is_withdrawn
    ]
    for folder, release, unlike in found:
        if not unlike:
            console.say(f"verified   {escape(str(folder))}")
            continue
        if release is None:
            remedy = "copy it back from where you passed it on, or make the next release"
        elif folder == settings.published_dir:
            back = release.release_id if release.release_id in whole else max(whole, default=None)
            remedy = f"run `chokepoint publish --rollback {back}` or " if back else "run "
            remedy += "`make build`"
        else:
            remedy = "run `make build` for a new release; do not go back to this one"
        console.say(
            f"[bold red]damaged[/]    {escape(str(folder))}: {escape(listed(unlike))} missing or"
            f" not as SHA256SUMS says; {remedy}"
        )
    return current is not None and not is_damaged and not any(unlike for *_, unlike in found)

"""Commands that write the site: all of its pages, or its calendar and feeds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from typer import Option

from chokepoint.cli.commands.questions import say_private
from chokepoint.cli.options import Address, AsOf, Private, Release, day_of
from chokepoint.console import escape, open_console, write_file
from chokepoint.settings import Settings


def dashboard(
    settings: Settings,
    as_of: AsOf = None,
    output: Annotated[
        Path | None, Option(help="Folder; default: site/ next to the published file.")
    ] = None,
    *,
    private: Private = False,
    release: Release = "",
    address: Address = "",
    pictures: Annotated[bool, Option(help="Each chart as SVG and PNG too.")] = True,
    sql: Annotated[bool, Option(help="The page that runs SQL in the browser.")] = True,
) -> None:
    """Write the static site of the published file. Its pages open without a server."""
    from chokepoint.site.builder import Edition, build_site

    edition = Edition(day_of("--as-of", as_of), output, private, release, address, pictures, sql)
    built = build_site(settings, edition)
    if private:
        say_private(settings)
    if built.no_sql:
        open_console().say(f"Its SQL page runs no SQL. {escape(built.no_sql)}")
    open_console().say(
        f"{escape(str(built.path / 'index.html'))} ({built.page_count} pages of release"
        f" {escape(built.release_id)}, {built.seconds:.1f} s)"
    )


def feeds(
    output: Annotated[Path, Option(help="Folder to write them into.")],
    settings: Settings,
    as_of: AsOf = None,
    address: Address = "",
) -> None:
    """Write the calendar of the law and the feeds only."""
    from chokepoint.reading.connection import connect_published
    from chokepoint.site.feeds import refuse_foreign, write_all
    from chokepoint.site.site import Site

    day = day_of("--as-of", as_of) or dt.datetime.now(dt.UTC).date()
    refuse_foreign(output)
    with connect_published(settings, config=settings.duckdb_config()) as con:
        made = write_all(Site(con, day, settings, address=address))
    for path, text in made.items():
        write_file(output / path, text.encode())
    open_console().say(f"{escape(str(output))} ({len(made)} files)")

"""`chokepoint find`: which table answers it? Asks `meta.find` of the published file."""

from __future__ import annotations

import re
import textwrap
from typing import Annotated, Any

import typer
from typer import Argument, Option

from chokepoint.console import Screen, disarmed, open_console
from chokepoint.errors import ChokepointError
from chokepoint.settings import Settings

# Tables, fewer beside a command; and none that fits less than half as well as the first.
MOST_SHOWN, _MOST_BESIDE = 10, 3
MOST_LETTERS = 500
_INDENT = 4
# How goods of the other code stand to those of the code.
_LINKS = {
    "same": "the same",
    "part_of": "a part of them, nothing else",
    "holds": "all of them, and more",
    "overlaps": "some of them, and others",
    "may_overlap": "perhaps some of them",
}
_MOST_QUESTIONS = 2
_WIDTH = 120


def find(
    settings: Settings,
    words: Annotated[
        list[str] | None, Argument(metavar="WORDS...", help="What you look for, in words.")
    ] = None,
    code: Annotated[str, Option("--code", help="Code of goods to find in another edition.")] = "",
    from_: Annotated[str, Option("--from", help="Edition of the code, such as HS2012.")] = "",
    to: Annotated[str, Option("--to", help="Edition asked for, such as CN2024.")] = "",
) -> None:
    """Find the table that has what you look for; or what a code is in another edition."""
    import duckdb

    from chokepoint.reading import find as reading
    from chokepoint.reading.connection import connect_published, damaged
    from chokepoint.warehouse.damage import is_broken

    text = " ".join(words or ()).strip()
    if code or from_ or to:
        return _convert(settings, code, from_, to, is_alone=not text)
    if not text:
        raise ChokepointError(
            "There is nothing to look for.",
            'name what you need, as in `find "trade under measures"`.',
        )
    if len(text) > MOST_LETTERS:
        raise ChokepointError(
            f"What you look for has {len(text):,} letters.", f"name it in {MOST_LETTERS} or fewer."
        )
    with connect_published(settings) as con:
        try:
            # A material, product, measure, country or firm of that name.
            named = reading.find_named(con, text)
            answers = reading.answers_to(con, text, named)
            found = reading.find(con, text, named)
            near = [] if found else reading.nearest_names(con, text)
        except duckdb.CatalogException as error:
            raise ChokepointError(
                f"The published file {settings.published_path} was built by an older version: it"
                " has no meta.find.",
                "run `make build`; its tables are listed in meta.relations.",
            ) from error
        except duckdb.Error as error:
            raise damaged(settings, error) if is_broken(error) else error from None
    console = open_console()
    _print_named(console, named, answers)
    if not found:
        if not (named or answers):
            console.say(disarmed(f"No table is described with the words {text[:80]!r}."),
                        markup=False)  # fmt: skip
            console.say(f"The names that are nearest: {', '.join(near)}.", markup=False)
        console.say("Every table with what a row is: select * from meta.relations.", markup=False)
        raise typer.Exit(0 if named or answers else 1)
    _print_found(console, found, is_beside=bool(answers))


def _convert(settings: Settings, code: str, from_: str, to: str, *, is_alone: bool) -> None:
    """The codes of another edition, and whether there may be others."""
    from chokepoint.reading import find as reading
    from chokepoint.reading.connection import connect_published

    if not (is_alone and code and from_ and to):
        raise ChokepointError(
            "A code is looked up by --code, --from and --to together, without other words.",
            "ask as in `find --code 850511 --from HS2012 --to CN2024`.",
        )
    with connect_published(settings) as con:
        links = reading.convert(con, code, from_, to)
    console = open_console()
    console.say(disarmed(f"The goods of {code} of {from_} in {to}:"), markup=False)
    for row in links:
        said = f"{row['linked_nomenclature']} {row['linked_code']} has {_LINKS[row['link']]}"
        how = f"{row['basis'].replace('_', ' ')}, {row['link_certainty']}"
        console.say(f"  {said} ({how})", markup=False)
        if row["linked_name"]:
            _say_whole(console, row["linked_name"])
    console.say(
        "No other code of it shares these goods, but for waste that moved to heading 8549."
        if links and links[0]["are_all_codes"]
        else "Other codes of it may share these goods: not all codes are known here.",
        markup=False,
    )


def _print_named(
    console: Screen, named: list[dict[str, Any]], answers: list[tuple[str, str]]
) -> None:
    """What is named, and the questions that it answers."""
    for row in named:
        console.say(disarmed(f"A {row['kind']}: {row['name']}"), markup=False)
        _say_whole(console, row["example_query"])
    for says, command in answers:
        console.say(disarmed(says), markup=False)
        _say_whole(console, command)
    if named:
        console.say("The site's search leads to its page.")
    if named or answers:
        console.print()


def _print_found(console: Screen, found: list[dict[str, Any]], *, is_beside: bool) -> None:
    width, most = min(console.width, _WIDTH), _MOST_BESIDE if is_beside else MOST_SHOWN
    shown = [row for row in found[:most] if 2 * row["score"] >= found[0]["score"]]
    for row in shown:
        # Beside a command that answers, an example would be of something else.
        _print_one(console, row, width, "" if is_beside else row["example_query"])
    if len(shown) < len(found):
        console.print(f"The best {len(shown)} of {len(found)}. All of them: select * from"
                      " meta.find('...').", markup=False, width=width)  # fmt: skip
    console.print("Run an example in the DuckDB shell; a question with `chokepoint query`.",
                  markup=False, width=width)  # fmt: skip


def _print_one(console: Screen, row: dict[str, Any], width: int, example: str) -> None:
    """Name and kind, what a row is, questions by number, and an example on a separate line."""
    first, _, last = (row["origins"] or "").rpartition(" to ")
    origin = (f"{'some' if first else 'all'} rows synthetic: invented, no findings"
              if last == "synthetic" else None)  # fmt: skip
    about = ", ".join(part for part in (row["kind"], row["topic"], origin) if part)
    console.print(f"{row['find_rank']:>2}  {row['relation']} ({about})", style="bold",
                  markup=False, width=width)  # fmt: skip
    said = [row["grain"]]
    if "(read as" in row["found_by"]:
        said.append(f"Found by {row['found_by']}.")
    # Each question begins with its number: a04: How much ...?
    questions = re.split(r" (?=a\d+[a-z]?: )", row["question"] or "")
    if questions[0]:
        more = len(questions) - _MOST_QUESTIONS
        said.append(f"Answers {' '.join(questions[:_MOST_QUESTIONS])}"
                    + (f" And {more} more." if more > 0 else ""))  # fmt: skip
    for text in said:
        lines = textwrap.fill(disarmed(text or ""), width - _INDENT)
        console.print(textwrap.indent(lines, " " * _INDENT), markup=False)
    if example:
        _say_whole(console, example)
    console.print()


def _say_whole(console: Screen, text: str) -> None:
    """A line that can be copied."""
    console.say(f"{' ' * _INDENT}{disarmed(text)}", style="dim", markup=False)

"""Notes of a release, by reader: new data, coverage, columns, method, figures that moved, gaps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import duckdb

from chokepoint.landing.periods import missing_periods
from chokepoint.releases.comparing.comparison import Comparison, RelationDiff, read_one
from chokepoint.releases.meta.licences import Licence
from chokepoint.releases.private import MASK
from chokepoint.releases.relations import rows_of

_LISTED = 15
_MOVED_PER_FACT = 3
_CURRENCIES = ("EUR", "USD")
# Columns of keys whose codes have names in dim_product and dim_country.
_NAMED_COLUMNS = ("product_code", "reporter_code", "partner_iso3", "top_supplier_iso3")
_CAUSES = ("new_period", "revision", "code_map", "law_event", "method", "not_separable")


def write_notes(
    con: duckdb.DuckDBPyConnection,
    *,
    version: str,
    previous: str | None,
    released_on: date,
    compared: Comparison | None,
    licences: list[Licence],
) -> str:
    """The notes as Markdown, of the release that `con` uses; `compared`: with the previous one,
    attached as `before`; None for the first."""
    build = read_one(con, "select * from meta.build")
    lines = [
        f"# Release {version}",
        "",
        f"{released_on.isoformat()}. Build {build['release_id']}, "
        f"{build['row_count']:,} rows in {build['relation_count']} relations"
        + (f", project version {build['project_version']}" if build["project_version"] else "")
        + (f", commit {build['git_commit'][:12]}" if build["git_commit"] else "")
        + ".",
        "",
        f"Compared with release {previous}."
        if previous
        else "The first numbered release: there is nothing to compare it with.",
    ]
    sections = differences(compared, "release.meta.changes") if compared else []
    sections += [
        ("Coverage", _coverage(con)),
        ("Known gaps", _gaps(con, released_on, licences)),
        ("Licences and citation", _terms(licences)),
    ]
    return "\n".join(lines) + "\n" + sections_told(sections)


def differences(compared: Comparison, changes: str) -> list[tuple[str, list[str]]]:
    """Sections on what differs between `before` and `release`; `changes` holds changed cells."""
    con, diffs = compared.con, compared.diffs
    new, revised = _deliveries(compared)
    return [
        (
            "New data",
            new
            + [
                f"- table {diff.relation}: {diff.rows_after:,} rows"
                for diff in diffs
                if diff.status == "added"
            ],
        ),
        ("Numbers that moved, and why", _changes(con, changes)),
        ("Revised and withdrawn deliveries", revised),
        ("Law", _new_law(con)),
        ("Changed tables and columns", _columns(diffs)),
        ("Rows", _rows(diffs)),
        ("Method", _method(compared)),
    ]


def sections_told(sections: Iterable[tuple[str, list[str]]]) -> str:
    lines = []
    for title, body in sections:
        lines += ["", f"## {title}", "", *(body or ["Nothing."])]
    return "\n".join(lines) + "\n"


def _changes(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """What moved and why: cells by fact and cause, then the largest moves of each fact."""
    cells = {
        (fact, cause): count
        for fact, cause, count in con.execute(
            f"select relation_name, cause, count(*) from {table} group by all order by all"
        ).fetchall()
    }
    if not cells:
        return []
    facts = sorted({fact for fact, _ in cells})
    used = [cause for cause in _CAUSES if any((fact, cause) in cells for fact in facts)]
    lines = [
        "Cells of the main facts, by which changed inputs stand behind them: "
        "docs/methodology/change_attribution.md; cell by cell: `meta.changes`.",
        "",
        *_table(
            ("fact",),
            [cause.replace("_", " ") for cause in used],
            [(fact, *(cells.get((fact, cause), 0) for cause in used)) for fact in facts],
        ),
    ]
    names = _names(con)
    for told, found in (
        ("The largest moves of each fact, in proportion:", _largest_moves(con, table, names)),
        ("Verdicts, states and first suppliers that turned:", _turned(con, table, names)),
    ):
        lines += ["", told, "", *found] if found else []
    return lines


def _largest_moves(con: duckdb.DuckDBPyConnection, table: str, names: dict[str, str]) -> list[str]:
    moved = con.execute(
        f"""
        select relation_name, row_key, column_name, old_value, new_value,
            concat_ws(': ', cause, possible_causes),
        from {table}
        where change_kind = 'changed'
            and try_cast(old_value as decimal(38, 18)) <> 0
            and try_cast(new_value as decimal(38, 18)) is not null
        qualify
            row_number() over (
                partition by relation_name
                -- Of 200 reporters the EU27 is what readers look for first.
                order by coalesce((row_key ->> 'reporter_code') <> 'EU27', false),
                abs(ln(greatest(abs(cast(new_value as double)), 1e-300)
                    / abs(cast(old_value as double)))) desc, row_key, column_name
            ) <= {_MOVED_PER_FACT}
        order by relation_name, row_key, column_name
        """
    ).fetchall()
    units = {
        (relation, column): unit or ""
        for relation, column, unit in rows_of(
            con, "select relation_name, column_name, unit from meta.dictionary"
        )
    }
    return [
        f"- `{fact}.{column}` of {_key(key)}{_named(key, names)}: "
        f"{_move(old, new, units.get((fact, column), ''))} ({causes.replace('_', ' ')})"
        for fact, key, column, old, new, causes in moved
    ]


def _turned(con: duckdb.DuckDBPyConnection, table: str, names: dict[str, str]) -> list[str]:
    """Verdicts, states and first suppliers that are not what they were."""
    switched = con.execute(
        f"""
        select relation_name, row_key, column_name, old_value, new_value, cause
        from {table}
        where change_kind = 'changed'
            and column_name in ('state', 'is_dependent', 'top_supplier_iso3')
        order by relation_name, row_key limit {_LISTED + 1}
        """
    ).fetchall()
    return _capped(
        f"- `{fact}.{column}` of {_key(key)}{_named(key, names)}: "
        f"{_word(old, names)} to {_word(new, names)} ({cause.replace('_', ' ')})"
        for fact, key, column, old, new, cause in switched
    )


def _deliveries(compared: Comparison) -> tuple[list[str], list[str]]:
    """Lines on what was delivered for the first time, and on what was revised or withdrawn."""
    if not compared.has("meta.deliveries"):
        return [], []
    found = compared.con.execute(
        f"""
        select source_id, status, min(period), max(period),
            cast(sum(if(status = 'new', file_count, 1)) as bigint),
            cast(sum(row_count) as bigint)
        from {compared.delivered} where status in ('new', 'revised', 'withdrawn')
        group by all order by all
        """
    ).fetchall()
    told = [
        (
            status,
            f"- {code(source)}: "
            + text(first if count == 1 else f"{first} to {last} ({count} periods)"),
            rows,
        )
        for source, status, first, last, count, rows in found
    ]
    return (
        [f"{line} ({rows:,} rows)" for status, line, rows in told if status == "new"],
        [f"{line} {status}" for status, line, _ in told if status != "new"],
    )


def _new_law(con: duckdb.DuckDBPyConnection) -> list[str]:
    acts = rows_of(
        con,
        """
        select coalesce(nullif(instrument_no, ''), act_id), title from release.marts.dim_act
        where act_id not in (select act_id from before.marts.dim_act) order by act_id
        """,
    )
    return _capped(f"- {text(name)}: {text(title)}" for name, title in acts)


def _columns(diffs: list[RelationDiff]) -> list[str]:
    lines = [f"- {diff.relation}: removed" for diff in diffs if diff.status == "removed"]
    for diff in diffs:
        parts = [f"new {', '.join(diff.columns_added)}"] if diff.columns_added else []
        parts += [f"gone {', '.join(diff.columns_removed)}"] if diff.columns_removed else []
        parts += [f"{name} was {old}, is {new}" for name, (old, new) in diff.retyped.items()]
        if diff.status == "changed" and parts:
            lines.append(f"- {diff.relation}: {'; '.join(parts)}")
    return lines


def _rows(diffs: list[RelationDiff]) -> list[str]:
    moved = [
        diff
        for diff in diffs
        if diff.status == "changed" and diff.rows_added + diff.rows_removed + diff.rows_changed
    ]
    counts = ("rows_after", "rows_added", "rows_removed", "rows_changed")
    rows = [(one.relation, *(vars(one)[name] for name in counts)) for one in moved]
    return _table(("table",), ("rows", "added", "removed", "changed"), rows)


def _method(compared: Comparison) -> list[str]:
    changed = rows_of(
        compared.con,
        """
        select distinct input_kind, input_name,
            case when old.checksum is null then 'new' when new.checksum is null then 'gone'
                else 'changed' end as what,
        from (select distinct input_kind, input_name, checksum from before.meta.inputs
            where cause <> 'data') as old
        full join (select distinct input_kind, input_name, checksum from release.meta.inputs
            where cause <> 'data') as new using (input_kind, input_name)
        where old.checksum is distinct from new.checksum
        order by all
        """,
    )
    lines = _capped(f"- {kind} {code(name)}: {what}" for kind, name, what in changed)
    return lines + [f"- {name}: {old} to {new}" for name, old, new in compared.changed_versions]


def _coverage(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = rows_of(
        con,
        """
        select source_id, first_period, latest_period, period_count, row_count
        from meta.freshness where latest_period is not null order by source_id
        """,
    )
    sources = [
        (code(source), text(first if first == last else f"{first} to {last}"), *counts)
        for source, first, last, *counts in rows
    ]
    return _table(("source", "periods"), ("count", "rows"), sources)


def _table(
    words: Sequence[str], numbers: Sequence[str], rows: Sequence[Sequence[Any]]
) -> list[str]:
    """A Markdown table: columns of words, then of whole numbers; nothing without rows."""
    body = [[*row[: len(words)], *(f"{number:,}" for number in row[len(words) :])] for row in rows]
    rule = ["---"] * len(words) + ["---:"] * len(numbers)
    lines = [[*words, *numbers], rule, *body] if body else []
    return [f"| {' | '.join(line)} |" for line in lines]


def _gaps(con: duckdb.DuckDBPyConnection, released_on: date, licences: list[Licence]) -> list[str]:
    """What is old first, then what is missing, then what is doubtful; never delivered: last."""
    freshness = rows_of(
        con,
        f"""
        select source_id, coalesce(row_count, 0), latest_period, quarantined_count,
            if(stale_after < date '{released_on}', stale_after, null),
        from meta.freshness order by all
        """,
    )
    absent = [source for source, count, *_ in freshness if not count]
    lines = [
        f"- {code(source)} is stale: its latest period is {text(period)}, the next was due by {due}"
        for source, _, period, _, due in freshness
        if due
    ]
    lines += [f"- {code(source)} has no {told}" for source, told in _missing(con)]
    lines += [
        f"- {code(source)}: {count:,} rows could not be used (meta.quarantined_rows)"
        for source, _, _, count, _ in freshness
        if count
    ]
    lines += _capped(
        f"- check {code(name)} on {code(relation)}: {text(observed or status)}"
        for name, relation, status, observed in rows_of(
            con,
            "select check_name, relation, status, observed from meta.check_results"
            f" where status <> 'pass' and observed is distinct from '{MASK}' order by all",
        )
        if relation.removeprefix("landing.") not in absent
    )
    lines += [
        f"- synthetic sample, no finding: {code(table)}"
        for (table,) in rows_of(
            con,
            "select table_name from meta.sources where contains(data_origin, 'synthetic')"
            " order by all",
        )
    ]
    lines += sorted(
        {
            f"- terms not confirmed, ask {text(one.producer)} before passing on: "
            f"{code(one.raw_table)} ({text(one.licence)})"
            for one in licences
            if any(word in one.licence for word in ("confirm", "not stated", "not consulted"))
        }
    )
    if read_one(con, "select is_git_dirty from meta.build").get("is_git_dirty"):
        lines.append("- built from a checkout with changes that its commit does not hold")
    if absent:
        counted = "1 source has" if len(absent) == 1 else f"{len(absent)} sources have"
        lines.append(f"- {counted} no delivery in this release: {', '.join(map(code, absent))}")
    return lines


def _missing(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Source, and years or months between the first and last delivered one that nobody delivered.
    A source that delivers by month may deliver whole years, too."""
    held: dict[str, set[str]] = {}
    delivered = "select source_id, period from meta.deliveries where is_current order by all"
    for source, period in rows_of(con, delivered):
        held.setdefault(source, set()).add(period)
    for source, periods in held.items():
        if any("-" in one for one in periods):
            years = {one for one in periods if len(one) == 4}
            months = {f"{year}-{month:02}" for year in years for month in range(1, 13)}
            periods = periods - years | months
        gone = missing_periods(periods)
        runs = groupby(sorted({*periods, *gone}), gone.__contains__)
        spans = [list(run) for is_gone, run in runs if is_gone]
        if spans:
            ends = (dict.fromkeys((span[0], span[-1])) for span in spans)
            yield source, ", ".join(map(" to ".join, ends))


def _terms(licences: list[Licence]) -> list[str]:
    named = sorted({one.licence for one in licences})
    lines = [
        "Cite the release as `CITATION.cff` says. Each table keeps the terms of the data it is "
        "made from: `LICENSES.csv`, table by table. The code is under Apache-2.0.",
    ]
    return lines + (["", *(f"- {text(name)}" for name in named)] if named else [])


def text(value: Any) -> str:
    """A value from a source as inert Markdown on one line."""
    words = " ".join(str(value).split())
    for sign in "\\`*_[]<>|#":
        words = words.replace(sign, f"\\{sign}" if sign not in "<>" else f"&{'lg'[sign == '>']}t;")
    return words


def code(value: Any) -> str:
    """A name of ours or of a source as inert Markdown that reads as it is."""
    return "`" + " ".join(str(value).replace("`", "'").replace("|", "/").split()) + "`"


def _key(row_key: str) -> str:
    return code(" ".join(str(value) for value in json.loads(row_key).values() if value is not None))


def _named(row_key: str, names: dict[str, str]) -> str:
    """What the codes of a key stand for, in brackets; empty where that is not at hand."""
    found = {
        f"{value} is {text(names[value])}"
        for column, value in json.loads(row_key).items()
        if column in _NAMED_COLUMNS and value in names
    }
    return f" ({'; '.join(sorted(found))})" if found else ""


def _names(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Code of a product or country -> its name, as the release has them."""
    return dict(
        rows_of(
            con,
            "select product_code, min(product_name) from marts.dim_product"
            " where product_name is not null group by all",
        )
        + rows_of(
            con,
            "select country_iso3, country_name from marts.dim_country"
            " where country_name is not null",
        )
    )


def _word(value: str | None, names: dict[str, str]) -> str:
    if value is None:
        return "none"
    return text(value) + (f" ({text(names[value])})" if value in names else "")


def _move(old: str, new: str, unit: str) -> str:
    """Both values with their unit, in as many digits as tell them apart."""
    for digits in (3, 6, 9, 12, 15):
        told = [_figure(value, unit, digits) for value in (old, new)]
        if told[0] != told[1]:
            break
    return " to ".join(told)


def _figure(value: str, unit: str, digits: int) -> str:
    """A number as people write it: `EUR 2.8 million`, `1.58 %`, `146,214 kg`, never `1e+06`."""
    number = Decimal(value)
    if not number.is_finite():
        return text(value)
    if unit.startswith("fraction"):
        return f"{_plain(number * 100, digits)} %"
    if unit.startswith("million "):
        number, unit = number.scaleb(6), unit.removeprefix("million ")
    if unit in _CURRENCIES:
        for size, name in ((9, "billion"), (6, "million")):
            if abs(number) >= Decimal(10) ** size:
                return f"{unit} {_plain(number.scaleb(-size), digits)} {name}"
        return f"{unit} {_plain(number, digits)}"
    # A unit with a comma or colon tells how to read the number; the dictionary has it.
    told = f" {text(unit)}" if unit and unit != "count" and not set(unit) & set(",:") else ""
    return f"{_plain(number, digits)}{told}"


def _plain(number: Decimal, digits: int) -> str:
    """Thousands apart, whole from 1,000 on, else the first digits that are not zero."""
    if not number:
        return "0"
    places = max(digits - 1 - number.adjusted(), 0)
    written = f"{round(number, places):,f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _capped(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    more = [f"- and {len(found) - _LISTED:,} more"] if len(found) > _LISTED else []
    return found[:_LISTED] + more

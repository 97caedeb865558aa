"""What a build answers, stored as JSON lines, so that a later checkout can be compared with it.

`store FOLDER` writes what the published file of the data folder answers. `compare FOLDER` asks the
same again and says what differs, by what it is of, key and column. A folder holds:

    asked      questions with their parameters, and example queries of table macros
    answers    rows of each of them
    relations  row count of each published relation, and a hash of each column
    briefings  lines of the briefing of each importer
    pages      numbers of each page of the site in reading order, with the words around them, and
               lines of the tables behind its charts
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import html
import json
import re
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from chokepoint.errors import ChokepointError, shortened
from chokepoint.reading.queries import list_queries, run_query
from chokepoint.releases.files import owned_folder
from chokepoint.releases.relations import Column, literal, quote, read_relations
from chokepoint.settings import Settings
from chokepoint.site.briefing import make_briefing, markdown
from chokepoint.site.builder import Edition, build_site

# What it is of, a key (none: it is a row) and a value.
Record = dict[str, Any]

# The day that counts as today, so that a later day gives the same answers; a day of earlier
# knowledge.
TODAY, EARLIER = dt.date(2026, 11, 30), dt.date(2026, 3, 31)
IMPORTERS = ("DEU", "FRA", "EU27")
# In the checkout: sets of parameters by their names, a list for questions that read one, and
# columns that differ by every build, each with what takes its place and why.
PARAMETERS, PARTS = "tools/answers.csv", "tools/answers_parts.csv"
LEFT_OUT = "tools/answers_left_out.csv"
KINDS = ("relations", "answers", "briefings", "pages")
# Examples of each thing that differs, and how long each may be.
SHOWN, WIDTH = 5, 240
_NUMBER = re.compile(r"(?<![\w.])[-\u2212+]?\d(?:[\d.,]*\d)?(?:\s?%)?")
_BEFORE, _AFTER = 30, 15
# A double as Python writes it.
_DOUBLE = re.compile(r"(?<![\w.])\d+\.\d+(?:e[-+]\d+)?(?![\w.])")
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


def store(settings: Settings, folder: Path, asked: list[Record] | None = None) -> Counter[str]:
    """Write what the published file answers, to `asked` or to all there is to ask; return how much
    of each kind. ChokepointError without a published file."""
    folder.mkdir(parents=True, exist_ok=True)
    with owned_folder(settings.temp_dir, "answers") as work:
        frozen = _frozen(settings, work / "frozen")
        asked = asked or list(_asked(frozen))
        made: dict[str, Iterable[Record]] = {
            "asked": asked,
            "answers": (found for one in asked for found in _answer(frozen, one)),
            "relations": _relations(frozen),
            "briefings": (
                {"of": place, "key": "", "value": line}
                for place in IMPORTERS
                for line in markdown(
                    make_briefing(frozen, place=place, as_of=TODAY, known_on=TODAY)
                ).splitlines()
                if line
            ),
            "pages": _pages(frozen, work / "site"),
        }
        return Counter({name: _write(folder, name, found) for name, found in made.items()})


def compare(settings: Settings, folder: Path) -> tuple[list[str], Counter[str]]:
    """What the build answers otherwise than `store` wrote into the folder, as lines, and how much
    was compared; ChokepointError as there, and where it holds no answers."""
    path = folder / "asked.jsonl"
    if not path.is_file():
        raise ChokepointError(f"{folder} holds no answers.", "write them with `store` first.")
    asked = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory(prefix="chokepoint-") as made:
        counts = store(settings, Path(made), asked)
        return differences(folder, Path(made)), counts


def _frozen(settings: Settings, data_dir: Path) -> Settings:
    """A copy of the published file that says nothing of its build and takes TODAY for today."""
    frozen = replace(settings, data_dir=data_dir)
    path = frozen.published_path
    if not settings.published_path.is_file():
        raise ChokepointError(
            f"There is no file {settings.published_path}.", "run `make build` first."
        )
    path.parent.mkdir(parents=True)
    shutil.copyfile(settings.published_path, path)
    with duckdb.connect(str(path)) as con:
        con.execute(f'create macro main."current_date"() as date {literal(str(TODAY))}')
        tables = {relation.label: relation for relation in read_relations(con, path.stem)}
        for label, column, instead, _ in (row.values() for row in _table(settings, LEFT_OUT)):
            held = tables.get(label)
            if held and held.kind == "table" and column in {one.name for one in held.columns}:
                con.execute(f"update {label} set {quote(column)} = {instead}")
    return frozen


def _table(settings: Settings, name: str) -> list[dict[str, str]]:
    with (settings.project_dir / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _asked(frozen: Settings) -> Iterator[Record]:
    """Every question at its defaults and with each set of PARAMETERS, with today's and earlier
    knowledge; those that read a list of parts; the example of every table macro."""
    rows = _table(frozen, PARAMETERS)
    sets = [name for name in rows[0] if name not in ("question", "parameter")]
    for query in list_queries(frozen):
        names = {parameter.name for parameter in query.parameters}
        # What is said of the question itself comes last and counts.
        said = [row for where in ("", query.name) for row in rows if row["question"] == where]
        for chosen in (None, *sets):
            known = {row["parameter"]: row[chosen] for row in said} if chosen else {}
            given = {name: text for name, text in sorted(known.items()) if text and name in names}
            for day in [{}, {"known_on": str(EARLIER)}] if "known_on" in names else [{}]:
                yield {"question": query.name, "given": given | day}
    for path in sorted((frozen.project_dir / "queries" / "lists").glob("*.sql")):
        yield {"question": path.stem, "given": {"file": PARTS}}
    with duckdb.connect(str(frozen.published_path), read_only=True) as con:
        for label, sql in con.execute(
            # A limit without an order takes other rows each time.
            r"select schema_name || '.' || macro_name, regexp_replace(example_query,"
            r" '\s+limit \d+$', '') from meta.macros order by all"
        ).fetchall():
            yield {"question": label, "sql": sql}


def _answer(frozen: Settings, asked: Record) -> Iterator[Record]:
    """The columns of an answer, its hints and rows; or the refusal."""
    given = asked.get("given", {})
    options = (f"--{name.replace('_', '-')}={text}" for name, text in given.items())
    of = shlex.join([asked["question"], *options])
    try:
        if "sql" in asked:
            with duckdb.connect(str(frozen.published_path), read_only=True) as con:
                cursor = con.execute(asked["sql"])
                columns, rows = [column[0] for column in cursor.description], cursor.fetchall()
                hints: list[str] = []
        else:
            if "file" in given:
                given = given | {"file": str(frozen.project_dir / given["file"])}
            found = run_query(frozen, asked["question"], given)
            columns, rows, hints = found.columns, found.rows, found.hints
    except (ChokepointError, duckdb.Error) as error:
        yield {"of": of, "key": "refused", "value": str(error).splitlines()[0]}
        return
    yield from ({"of": of, "key": "column", "value": column} for column in columns)
    yield from ({"of": of, "key": "hint", "value": hint} for hint in hints)
    for row in rows:
        yield {"of": of, "value": dict(zip(columns, map(_plain, row), strict=True))}


def _plain(value: Any) -> Any:
    """A value as JSON has it: numbers to ten digits, days and times as text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dt.date | dt.time | dt.timedelta | bytes):
        return str(value)
    return float(f"{value:.10g}")


def _relations(frozen: Settings) -> Iterator[Record]:
    """Row count of each published relation, a hash of its rows and of each column: sums, so in any
    order, with doubles of ten digits."""
    path = frozen.published_path
    with duckdb.connect(str(path), read_only=True, config=frozen.duckdb_config()) as con:
        for relation in read_relations(con, path.stem):
            texts = {column.name: _text_of(column) for column in relation.columns}
            texts["(rows)"] = f"concat_ws(',', {', '.join(texts.values())})"
            sums = (f"sum(cast(md5_number_lower({text}) as hugeint))" for text in texts.values())
            (values,) = con.execute(
                f"select count(*), {', '.join(sums)} from {relation.schema}.{quote(relation.name)}"
            ).fetchall()
            for key, value in zip(("(count)", *texts), values, strict=True):
                yield {"of": relation.label, "key": key, "value": str(value)}


def _text_of(column: Column) -> str:
    """SQL of a cell as text, with its length; of null the empty text."""
    name = quote(column.name)
    text = f"printf('%.10g', {name})" if column.data_type == "DOUBLE" else f"{name}::varchar"
    return f"coalesce(length({text}) || ':' || {text}, '')"


def numbers(page: str) -> list[tuple[str, str]]:
    """(words around, number) of each number of a page, in reading order; other digits are #."""
    text = " ".join(html.unescape(_UNSEEN.sub(" ", page)).split())
    masked = re.sub(r"\d", "#", text)
    return [
        (
            f"{masked[max(0, found.start() - _BEFORE) : found.start()]}[]"
            f"{masked[found.end() : found.end() + _AFTER]}",
            found[0],
        )
        for found in _NUMBER.finditer(text)
    ]


def _pages(frozen: Settings, folder: Path) -> Iterator[Record]:
    """Numbers of the pages, and lines of the tables that lie beside them for their charts."""
    made = build_site(frozen, Edition(TODAY, folder, pictures=False, sql=False))
    for path in sorted(made.path.rglob("*.html")):
        of = path.relative_to(made.path).as_posix()
        for around, number in [("page", "there"), *numbers(path.read_text(encoding="utf-8"))]:
            yield {"of": of, "key": around, "value": number}
    for path in sorted(made.path.rglob("*.csv")):
        of = path.relative_to(made.path).as_posix()
        for line in path.read_text(encoding="utf-8").splitlines():
            plain = _DOUBLE.sub(lambda found: f"{float(found[0]):.10g}", line)
            yield {"of": of, "key": "", "value": plain}


def _write(folder: Path, name: str, records: Iterable[Record]) -> int:
    """Write the lines of one kind; return how many things they are of."""
    things = set()
    with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            text = json.dumps(record, ensure_ascii=False)
            things.add(record.get("of", text))
            file.write(text + "\n")
    return len(things)


# (thing, key, values before, values after) of what differs. A row becomes its cells, of columns
# that both sides have; each is known by the texts of its row.
_DIFFERENCES = """
with lines as (
    select *, row_number() over () as line from (
        select -1 as side, * from read_json($before, columns = {columns}) union all
        select 1 as side, * from read_json($after, columns = {columns})
    )
),

differing as (
    from lines semi join (
        select distinct of from (select of, sum(side) as n from lines group by of, key, value)
        where n <> 0
    ) using (of)
),

shared as (
    select of, value ->> '$' as name from differing where key = 'column'
    group by all having count(distinct side) = 2
),

cells as (
    select side, of, line, shared.name, json_extract(value, '$."' || shared.name || '"') as cell
    from differing inner join shared using (of) where key is null
),

texts as (
    select line, string_agg(cell ->> '$', ', ' order by name) as row_key
    from cells where json_type(cell) = 'VARCHAR' group by line
),

told as (
    select side, of, key, value from differing where key is not null union all
    select side, of, concat_ws(': ', row_key, name), cell from cells left join texts using (line)
),

left_over as (
    select of, key, value ->> '$' as value, sum(side) as n from told group by all having n <> 0
)

select
    of, key,
    list(value order by value) filter (n < 0) as before,
    list(value order by value) filter (n > 0) as after,
from left_over group by all
union all
select distinct of, 'rows', ['as they were'], ['cells stand together otherwise']
from differing anti join left_over using (of)
order by all
"""
_COLUMNS = "{of: 'varchar', key: 'varchar', value: 'json'}"


def differences(before: Path, after: Path) -> list[str]:
    """What two folders say differently: a line for each kind, for each thing that differs one with
    a count and some with examples. None where nothing differs."""
    lines = []
    for name in KINDS:
        paths = {"before": str(before / f"{name}.jsonl"), "after": str(after / f"{name}.jsonl")}
        found = duckdb.execute(_DIFFERENCES.replace("{columns}", _COLUMNS), paths).fetchall()
        lines += [f"{name}:"] if found else []
        for of, ones in groupby(found, key=lambda row: row[0]):
            told = list(ones)
            lines.append(f"  {of}: {len(told)} differ")
            for _, key, old, new in told[:SHOWN]:
                was, now = ("; ".join(map(str, values or ["none"])) for values in (old, new))
                lines.append(f"    {shortened(f'{key}: {was} -> {now}', WIDTH)}")
    return lines


def main() -> int:
    """Store or compare; return 0, 1 where something differs, 2 where nothing could be done."""
    parser = argparse.ArgumentParser(prog="python -m tools.answers", description=__doc__)
    parser.add_argument("what", choices=("store", "compare"))
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    try:
        settings, lines = Settings.from_env(), list[str]()
        if asked.what == "store":
            counts = store(settings, asked.folder)
        else:
            lines, counts = compare(settings, asked.folder)
    except ChokepointError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(*lines, sep="\n", end="\n" if lines else "")
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if name in KINDS)
    verdict = {"store": "Stored"}.get(asked.what, "Some differ of" if lines else "Nothing differs:")
    print(f"{verdict} {said}.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the project answers, stored as text, so that a later checkout can be compared with it.

`store FOLDER` writes the answers of the build in the data folder. `compare FOLDER` makes them again
and lists what differs. A folder holds JSON lines, and the bad deliveries in `samples/`:

    asked      questions with their parameters, and example queries of table macros
    answers    rows of each of them
    relations  row count of each published relation, and a hash of each column
    briefings  lines of the briefing of each importer
    pages      numbers of each page of the site in reading order, with the words around them, and
               lines of the tables behind its charts
    samples    rows in quarantine, or the refusal, of each bad delivery landed alone

A line says what it is of (`of`), and has a `row`, or a `value` and mostly a `key`. `--private`
marks the private copy, which holds the invented firm of docs/using/acme.xlsx.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import html
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from chokepoint.cli import imports
from chokepoint.errors import ChokepointError, shortened
from chokepoint.landing import registry
from chokepoint.landing.land import land
from chokepoint.reading.queries import list_queries, run_query
from chokepoint.releases.files import owned_folder
from chokepoint.releases.relations import Column, literal, quote, read_relations
from chokepoint.settings import Settings
from chokepoint.site.briefing import make_briefing, markdown
from chokepoint.site.builder import Edition, build_site

Record = dict[str, Any]

# The day that counts as today, so that a later day gives the same answers; one of earlier
# knowledge; and the day from which the bad deliveries count as known, as in the tests.
TODAY, EARLIER = dt.date(2026, 11, 30), dt.date(2026, 3, 31)
SAMPLES_KNOWN_ON = dt.date(2026, 12, 1)
IMPORTERS = ("DEU", "FRA", "EU27")
# In the checkout: sets of parameters by their names, a list for questions that read one, and
# columns that differ by every build, each with what takes its place and why.
PARAMETERS, PARTS = "tools/answers.csv", "tools/answers_parts.csv"
LEFT_OUT = "tools/answers_left_out.csv"
# The invented firm's workbook. What the import asks: a word of the question, and the answer.
FIRM = "docs/using/acme.xlsx"
FIRM_ANSWERS = {
    "evidence_class": "value: declared",
    "evidence_date": "2026-11-01",
    "14.400": "14.400 is 14400",
    "land": "yes",
}
KINDS = ("relations", "answers", "briefings", "pages", "samples")
# Examples of each kind of difference in one thing, and how long each may be; rows in quarantine
# that are stored of one delivery, beside their number.
SHOWN, WIDTH, MOST_FAULTS = 3, 240, 100
_NUMBER = re.compile(r"(?<![\w.])[-\u2212+]?\d(?:[\d.,]*\d)?(?:\s?%)?")
_BEFORE, _AFTER = 30, 15
# A double as Python writes it.
_DOUBLE = re.compile(r"(?<![\w.])\d+\.\d+(?:e[-+]\d+)?(?![\w.])")
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)
_REMEDY = (
    "let the tests keep their bad deliveries first: CHOKEPOINT_SAMPLES=FOLDER/samples python -m"
    " pytest -n 2 -p delivered_samples tests/fast/landing"
)


def store(settings: Settings, folder: Path) -> Counter[str]:
    """Write what the build in the data folder answers; return how much of each kind. `folder` has
    the bad deliveries, `samples/<source>/<any name>/<file>`; the rest is replaced. ChokepointError
    without these or a published file, or where the firm's workbook does not build."""
    return _make(settings, folder / "samples", folder, [])


def compare(settings: Settings, folder: Path) -> tuple[list[str], Counter[str]]:
    """What the build answers otherwise than `store` wrote into the folder, as lines, and how much
    was compared; ChokepointError as there, and where it holds no answers."""
    if not (asked := _read(folder / "asked.jsonl")):
        raise ChokepointError(f"{folder} holds no answers.", "write them with `store` first.")
    with tempfile.TemporaryDirectory(prefix="chokepoint-") as made:
        counts = _make(settings, folder / "samples", Path(made), asked)
        return differences(folder, Path(made)), counts


def _make(settings: Settings, samples: Path, folder: Path, asked: list[Record]) -> Counter[str]:
    if not any(samples.glob("*/*/*")):
        raise ChokepointError(f"There are no bad deliveries in {samples}.", _REMEDY)
    with owned_folder(settings.temp_dir, "answers") as work, ThreadPoolExecutor(1) as background:
        landing = background.submit(lambda: list(_samples(samples, work / "landing")))
        frozen = _frozen(settings, _build_firm(settings, work / "firm"), work / "frozen")
        asked = asked or list(_asked(frozen))
        made: dict[str, Iterable[Record]] = {
            "asked": asked,
            "answers": (found for one in asked for found in _answer(frozen, one)),
            "relations": _relations(frozen),
            "briefings": (
                {"of": place, "value": line}
                for place in IMPORTERS
                for line in markdown(
                    make_briefing(frozen, place=place, as_of=TODAY, known_on=TODAY)
                ).splitlines()
                if line
            ),
            "pages": [*_pages(frozen, work, ""), *_pages(frozen, work, " --private")],
            "samples": landing.result(),
        }
        return Counter({name: _write(folder, name, found) for name, found in made.items()})


# --- the build, with and without the firm -------------------------------------------------------


def _build_firm(settings: Settings, data_dir: Path) -> Settings:
    """A copy of the data folder into which the invented firm's workbook was imported, built."""
    left = shutil.ignore_patterns("tmp", "published", "releases")
    shutil.copytree(settings.data_dir, data_dir, ignore=left)
    firm = replace(settings, data_dir=data_dir, own_temp_dir=None)

    def answer(question: Any) -> str:
        asked = f"{question.key} {question.text}"
        return next(said for word, said in FIRM_ANSWERS.items() if word in asked)

    landed_on = mock.patch.object(registry, "default_known_on", return_value=TODAY)
    with landed_on, redirect_stdout(io.StringIO()):
        code = imports.run(firm, [settings.project_dir / FIRM], as_of="2026-11-20", ask=answer)
    done = subprocess.run(
        [sys.executable, "-m", "chokepoint.cli", "build"], cwd=settings.project_dir,
        env={**os.environ, **firm.environment()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if code or done.returncode:
        raise ChokepointError(
            f"The data of the invented firm do not build: {(done.stdout + done.stderr)[-2000:]}",
            f"import {FIRM} into a copy of the data folder and build it, to see why.",
        )
    return firm


def _frozen(settings: Settings, firm: Settings, data_dir: Path) -> Settings:
    """Copies of the published file and of the firm's private copy that say nothing of their build
    and take TODAY for today."""
    frozen = replace(settings, data_dir=data_dir)
    left_out = _table(settings, LEFT_OUT)
    for source, path in (
        (settings.published_path, frozen.published_path),
        (firm.private_path, frozen.private_path),
    ):
        if not source.is_file():
            raise ChokepointError(f"There is no file {source}.", "run `make build` first.")
        path.parent.mkdir(parents=True)
        shutil.copyfile(source, path)
        with duckdb.connect(str(path)) as con:
            con.execute(f'create macro main."current_date"() as date {literal(str(TODAY))}')
            tables = {relation.label: relation for relation in read_relations(con, path.stem)}
            for label, column, instead, _ in (row.values() for row in left_out):
                held = tables.get(label)
                if held and held.kind == "table" and column in {one.name for one in held.columns}:
                    con.execute(f"update {label} set {quote(column)} = {instead}")
    return frozen


def _table(settings: Settings, name: str) -> list[dict[str, str]]:
    with (settings.project_dir / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- questions and relations ----------------------------------------------------------------------


def _asked(frozen: Settings) -> Iterator[Record]:
    """Every question at its defaults and with each set of PARAMETERS, with today's and earlier
    knowledge, of both files; those that read a list of parts; the example of every table macro."""
    rows = _table(frozen, PARAMETERS)
    sets = [name for name in rows[0] if name not in ("question", "parameter")]
    for query in list_queries(frozen):
        names = {parameter.name for parameter in query.parameters}
        # What is said of the question itself comes last and counts.
        said = [row for where in ("", query.name) for row in rows if row["question"] == where]
        for chosen in (None, *sets):
            known = {row["parameter"]: row[chosen] for row in said} if chosen else {}
            given = {name: text for name, text in sorted(known.items()) if text and name in names}
            days = [{}, {"known_on": str(EARLIER)}] if "known_on" in names else [{}]
            for day in days:
                for private in (False, True):
                    yield {"question": query.name, "given": given | day, "private": private}
    for path in sorted((frozen.project_dir / "queries" / "lists").glob("*.sql")):
        yield {"question": path.stem, "given": {"file": PARTS}, "private": False}
    with duckdb.connect(str(frozen.published_path), read_only=True) as con:
        for label, sql in con.execute(
            # A limit without an order takes other rows each time.
            r"select schema_name || '.' || macro_name, regexp_replace(example_query,"
            r" '\s+limit \d+$', '') from meta.macros order by all"
        ).fetchall():
            yield {"question": label, "sql": sql, "private": False}


def _answer(frozen: Settings, asked: Record) -> Iterator[Record]:
    """The columns of an answer, and its rows in the order of their text; or the refusal."""
    given = asked.get("given", {})
    options = (f"--{name.replace('_', '-')}={text}" for name, text in given.items())
    of = shlex.join([asked["question"], *options, *(["--private"] if asked["private"] else [])])
    try:
        if "sql" in asked:
            with duckdb.connect(str(frozen.published_path), read_only=True) as con:
                cursor = con.execute(asked["sql"])
                columns, rows = [column[0] for column in cursor.description], cursor.fetchall()
                hints: list[str] = []
        else:
            if "file" in given:
                given = given | {"file": str(frozen.project_dir / given["file"])}
            found = run_query(frozen, asked["question"], given, private=asked["private"])
            columns, rows, hints = found.columns, found.rows, found.hints
    except (ChokepointError, duckdb.Error) as error:
        yield {"of": of, "key": "refused", "value": str(error).splitlines()[0]}
        return
    yield {"of": of, "key": "columns", "value": columns}
    yield from ({"of": of, "key": "hint", "value": hint} for hint in hints)
    plain = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
    yield from ({"of": of, "row": row} for row in sorted(plain, key=json.dumps))


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


# --- pages, samples -------------------------------------------------------------------------------


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


def _pages(frozen: Settings, work: Path, mark: str) -> Iterator[Record]:
    """Numbers of the pages, and lines of the tables that lie beside them for their charts."""
    folder = work / f"site{mark}"
    made = build_site(frozen, Edition(TODAY, folder, bool(mark), pictures=False, sql=False))
    for path in sorted(made.path.rglob("*.html")):
        of = path.relative_to(made.path).as_posix() + mark
        yield {"of": of, "key": "page", "value": "there"}
        for around, number in numbers(path.read_text(encoding="utf-8")):
            yield {"of": of, "key": around, "value": number}
    for path in sorted(made.path.rglob("*.csv")):
        of = path.relative_to(made.path).as_posix() + mark
        for line in path.read_text(encoding="utf-8").splitlines():
            yield {"of": of, "value": _DOUBLE.sub(lambda found: f"{float(found[0]):.10g}", line)}


def _samples(samples: Path, work: Path) -> Iterator[Record]:
    """What becomes of each bad delivery, landed alone in a new folder."""
    for number, path in enumerate(sorted(samples.glob("*/*/*"))):
        # Some names are no UTF-8, or hold control characters.
        of = path.relative_to(samples).as_posix().encode("unicode_escape").decode()
        source_id = path.parts[-3]
        settings = Settings(data_dir=work / str(number), threads=1)
        if source_id not in registry.CONTRACTS:
            yield {"of": of, "key": "outcome", "value": "no such source"}
            continue
        try:
            contract = registry.CONTRACTS[source_id]
            report = land(path, contract, settings, known_on=SAMPLES_KNOWN_ON)
            outcome = f"{report.rows_landed} rows landed, {report.rows_quarantined} did not"
        except ChokepointError as error:
            outcome = str(error).replace(f"{settings.data_dir}/", "").replace(f"{path.parent}/", "")
        yield {"of": of, "key": "outcome", "value": outcome}
        files = sorted(map(str, settings.landing_dir.glob("_quarantine/*/*.parquet")))
        if files:
            names = ("line_number", "column_name", "value", "reason")
            with duckdb.connect() as con:
                found = con.execute(
                    f"select {', '.join(names)} from read_parquet($1) order by all", [files]
                ).fetchall()
            yield {"of": of, "key": "faults", "value": len(found)}
            for row in found[:MOST_FAULTS]:
                yield {"of": of, "row": dict(zip(names, row, strict=True))}
        shutil.rmtree(settings.data_dir, ignore_errors=True)


# --- files and their differences ------------------------------------------------------------------


def _write(folder: Path, name: str, records: Iterable[Record]) -> int:
    """Write the lines of one kind; return how many things they are of."""
    things = set()
    with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            text = json.dumps(record, ensure_ascii=False)
            things.add(record.get("of", text))
            file.write(text + "\n")
    return len(things)


def _read(path: Path) -> list[Record]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def differences(before: Path, after: Path) -> list[str]:
    """What two folders say differently: a line for each kind, for each thing that differs one with
    counts and some with examples. None where nothing differs."""
    lines = []
    for name in KINDS:
        old: dict[str, list[Any]] = defaultdict(list)
        new: dict[str, list[Any]] = defaultdict(list)
        for folder, found in ((before, old), (after, new)):
            for record in _read(folder / f"{name}.jsonl"):
                found[record["of"]].append(record)
        said = []
        for of in sorted(old.keys() | new.keys()):
            if of not in old or of not in new:
                said.append(f"  {of}: {'added' if of in new else 'removed'}")
            elif old[of] != new[of]:
                said += _differing(of, old[of], new[of])
        lines += [f"{name}: {len(old.keys() | new.keys())} compared", *said] if said else []
    return lines


def _differing(of: str, old: list[Record], new: list[Record]) -> list[str]:
    """What differs in one thing; of rows, in the columns that both sides have."""
    heads = [{one["key"] for one in side if "key" in one} for side in (old, new)]
    columns = [
        next((set(one["value"]) for one in side if one.get("key") == "columns"), set())
        for side in (old, new)
    ]
    shared = columns[0] & columns[1] or columns[0] | columns[1]
    # Not said again of what has other columns.
    silent = {"columns", "(rows)"} if heads[0] != heads[1] else {"columns"}
    olds, news = (
        Counter(_entry(one, shared) for one in side if one.get("key") not in silent)
        for side in (old, new)
    )
    lost: dict[str, list[str]] = defaultdict(list)
    for key, value in (olds - news).elements():
        lost[key].append(value)
    changed, added = [], []
    for key, value in (news - olds).elements():
        if key and lost[key]:
            changed.append(_change(key, lost[key].pop(0), value))
        else:
            added.append(f"+ {key} {value}" if key else f"+ {value}")
    removed = [f"- {key} {value}" if key else f"- {value}"
               for key, values in lost.items() for value in values]  # fmt: skip
    added += [f"+ column {name}" for name in sorted(columns[1] - columns[0])]
    removed += [f"- column {name}" for name in sorted(columns[0] - columns[1])]
    shown = [line for some in (changed, added, removed) for line in some[:SHOWN]]
    if not shown:
        return []
    return [
        f"  {of}: {len(changed)} changed, {len(added)} added, {len(removed)} removed",
        *(f"    {shortened(line, WIDTH)}" for line in shown),
    ]


def _entry(record: Record, columns: set[str]) -> tuple[str, str]:
    """(what it is known by, what it says) as texts. A row is known by its texts."""
    if "row" not in record:
        return record.get("key", ""), json.dumps(record["value"], ensure_ascii=False)
    row = {name: value for name, value in record["row"].items() if name in columns or not columns}
    texts = [value for value in row.values() if isinstance(value, str)]
    return json.dumps(texts, ensure_ascii=False), json.dumps(row, ensure_ascii=False)


def _change(key: str, old: str, new: str) -> str:
    """One value that differs, or the cells of a row that do."""
    was, now = json.loads(old), json.loads(new)
    if isinstance(was, dict) and isinstance(now, dict):
        cells = (f"{name} {was[name]} -> {now[name]}" for name in was if was[name] != now[name])
        return f"{', '.join(cells)} in {key}"
    return f"{key}: {was} -> {now}"


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

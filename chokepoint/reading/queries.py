"""Runs the files of `queries/` on the published file, with bound parameters and read-only."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.errors import ChokepointError
from chokepoint.reading.part_lists import load_parts, read_parts
from chokepoint.warehouse.damage import is_broken

if TYPE_CHECKING:
    from chokepoint.settings import Settings

# Types a parameter may have, as written in a query's header, and the SQL that reads `given`, the
# text of the user; null where it is not of the type.
TYPES = {
    "text": "given",
    # Names by commas, of which each is a known value.
    "list": "nullif(trim(given), '')",
    "date": "try_cast(given as date)",
    "integer": "try_cast(given as bigint)",
    "count": "case when regexp_full_match(given, '[0-9]{1,6}') then try_cast(given as bigint) end",
    "number": "try_cast(given as double)",
    "boolean": "try_cast(given as boolean)",
    # A product code, with or without dots and spaces.
    "code": "nullif(regexp_extract(regexp_replace(given, '[ .]', '', 'g'), '^[0-9]+$'), '')",
    # A country, or the EU, by any of its names.
    "place": "coalesce((select place_code from marts.dim_place_name"
    " where name_key = upper(trim(given))), nullif(upper(trim(given)), ''))",
    # Names and values; a list, or a bare text, names nothing and would ask for all there is.
    "json": "case json_type(try_cast(given as json)) when 'OBJECT' then given end",
    "share": "case when try_cast(given as double) between 0 and 1 then cast(given as double) end",
}
# All names of places. A query may allow other words too.
_PLACES = "select place_name from marts.dim_place_name"
# What a value of a type is, where its name does not say enough.
_MEANINGS = {
    "integer": "a whole number",
    "count": "a whole number from 0 to 999999",
    "list": "a list of names by commas",
    "share": "a number from 0 to 1",
    "json": """a JSON object, such as {"period": "2024"}""",
}
_NAME = re.compile(r"[A-Za-z0-9_]+")
_FOUND_IN = re.compile(r"--\s*found in:\s*([a-z0-9_.]+)((?:\s+[a-z0-9_]+(?:=[a-z0-9_]+)?)+)\s*")
# Values that a parameter knows: those of a relation's columns, or a list.
_KNOWN = re.compile(r"--\s*known:\s*([a-z0-9_]+) (?:in ([a-z0-9_.]+)\(([a-z0-9_, ]+)\)|as (.+))")
_DEFAULT = re.compile(r"default: ([^,']+)")
# A default that is no value: all of them.
_ALL = re.compile(r"(all|both)\b")
# Values named in the answer to a question without rows.
_NAMED_VALUES = 12
# Columns of the short answer; by which of them rows matter most: `-- first: a desc, b 'by words'`.
_SHORT = re.compile(r"--\s*short:\s*([a-z0-9_, ]+)")
_FIRST = re.compile(r"--\s*first:\s*([a-z0-9_, ]*?)\s*'([^']*)'\s*")
# A parameter that there was, and what takes its place.
_GONE = re.compile(r"--\s*gone:\s*([a-z][a-z0-9_]*)\s+'([^']*)'\s*")
_PARAMETER = re.compile(r"--\s*param:\s*([a-z][a-z0-9_]*)\s+([a-z]+)\s+'([^']*)'\s*")


@dataclass(frozen=True)
class Parameter:
    """A variable the query reads with `getvariable()`; `help` says its default."""

    name: str
    type: str
    help: str

    @property
    def default(self) -> str | None:
        found = _DEFAULT.search(self.help)
        return found[1].strip() if found else None

    @property
    def told(self) -> str:
        return f"{option_of(self.name)} ({self.type}) {self.help}"


@dataclass(frozen=True)
class Query:
    """One file of `queries/`: its name, its path (or the release that brings it), and of its
    comment lines the first as `title`, the others as `notes` and parameters."""

    name: str
    path: Path
    title: str
    notes: str
    parameters: tuple[Parameter, ...]
    sql: str
    # Relation and its columns by parameter, to say what exists where the answer is empty.
    found_in: tuple[str, dict[str, str]] | None = None
    # By parameter that takes known values only: the SQL that lists them.
    known: dict[str, list[str]] = field(default_factory=dict)
    # Columns of the short answer, the most telling first.
    short: tuple[str, ...] = ()
    # Columns by which rows matter most, and whether the greatest do; and in words.
    first: tuple[tuple[str, bool], ...] = ()
    first_words: str = ""
    # What to give in place of parameters that there were.
    gone: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class QueryResult:
    """Column names and rows as DuckDB returns them; `hints`: what exists, without rows; of a file,
    what of it is not read."""

    query: Query
    columns: list[str]
    rows: list[tuple[Any, ...]]
    hints: list[str] = field(default_factory=list)


def option_of(name: str) -> str:
    """A parameter as the command line has it."""
    return f"--{name.replace('_', '-')}"


def meaning_of(kind: str) -> str:
    """What a value of a parameter's type is, in words."""
    return _MEANINGS.get(kind, f"a {kind}")


def list_queries(settings: Settings) -> list[Query]:
    """Every query of the project, by name."""
    return [read_query(path) for path in sorted((settings.project_dir / "queries").glob("*.sql"))]


def find_query(settings: Settings, name: str, asked: Iterable[str] = ()) -> Query:
    """The query called `name`, or of this number (`a08`, not `a08b`), or that alone starts so;
    where it lacks a parameter of `asked`, its sibling (`a08b`) that has them all. ChokepointError
    when none or several match. The name never becomes part of a path."""
    folder = settings.project_dir / "queries"
    names = [path.stem for path in sorted(folder.glob("*.sql"))]
    query = read_query(folder / f"{chosen(names, name)}.sql")
    wanted = set(asked) - {"file"}
    if wanted <= _declared(query) or query.name.split("_")[0] != name.lower():
        return query
    siblings = [read_query(folder / f"{stem}.sql") for stem in names
                if re.fullmatch(f"{re.escape(name.lower())}[a-z]", stem.split("_")[0])]  # fmt: skip
    fitting = [sibling for sibling in siblings if wanted <= _declared(sibling)]
    return fitting[0] if len(fitting) == 1 else query


def _declared(query: Query) -> set[str]:
    return {parameter.name for parameter in query.parameters}


def chosen(names: list[str], name: str) -> str:
    """The one of these questions that `name` means; see `find_query`."""
    listed = ", ".join(names) or "none"
    if not _NAME.fullmatch(name):
        raise ChokepointError(
            f"{name!r} is not the name of a query.",
            f"give letters, digits and underscores only, one of: {listed}.",
        )
    wanted = name.lower()
    found = (
        [stem for stem in names if stem == wanted]
        or [stem for stem in names if stem.split("_")[0] == wanted]
        or [stem for stem in names if stem.startswith(wanted)]
    )
    if len(found) != 1:
        what = f"{name!r} fits several: {', '.join(found)}" if found else f"no query fits {name!r}"
        raise ChokepointError(f"{what[0].upper()}{what[1:]}.", f"give one of: {listed}.")
    return found[0]


def run_query(
    settings: Settings,
    name: str,
    parameters: Mapping[str, str] | None = None,
    *,
    private: bool = False,
    release: str = "",
) -> QueryResult:
    """Run a query on the published file, the private copy or a numbered release. `parameters`: name
    -> text, bound and cast to the declared type (`file`: a list of parts, see `queries/lists/`).
    ChokepointError for an unknown name, parameter or value, or no file."""
    import duckdb

    # It knows of releases, and of more than a reader of one needs.
    from chokepoint.reading import connection

    given = dict(parameters or {})
    query = find_query(settings, name, given)
    listed = None
    if "file" in given:
        query = _list_query(query)
        listed = read_parts(Path(given.pop("file")))
    _refuse_undeclared(query, given)
    config = settings.duckdb_config()
    with connection.connect_published(
        settings, private=private, release=release, config=config
    ) as con:
        con.execute("set enable_external_access = false")
        try:
            if listed is None:
                return answer(con, _as_released(con, query) if release else query, given)
            load_parts(con, listed)
            result = answer(con, query, given)
            unread = [f"Columns that are not read: {', '.join(listed.unread)}."]
            return replace(result, hints=result.hints + (unread if listed.unread else []))
        except duckdb.Error as error:
            raise connection.damaged(settings, error, private=private) from error


def _as_released(con: Any, query: Query) -> Query:
    """The question as the release brings it, since it knows the release's tables."""
    import duckdb

    asked = "select sql from meta.questions where question_name = ?"
    with suppress(duckdb.CatalogException):
        if found := con.execute(asked, [query.name]).fetchone():
            return parse_query(query.name, found[0], query.path)
    return query


def _list_query(query: Query) -> Query:
    """The question of each row of a file; ChokepointError where there is none."""
    path = query.path.parent / "lists" / query.path.name
    if not path.is_file():
        raise ChokepointError(f"{query.name} reads no --file.", _parameter_help(query))
    return read_query(path)


def answer(con: Any, query: Query, parameters: Mapping[str, str]) -> QueryResult:
    """Run a query as `run_query` does, on an open file, by a connection whose variables are nobody
    else's; duckdb.Error where it is damaged."""
    import duckdb

    try:
        bind(con, query, parameters)
        cursor = con.execute(query.sql)
        result = QueryResult(query, [row[0] for row in cursor.description], cursor.fetchall())
        # An older release may lack what a hint reads.
        with suppress(duckdb.CatalogException, duckdb.BinderException):
            return result if result.rows else replace(result, hints=_hints(con, query))
        return result
    except duckdb.Error as error:
        if is_broken(error):
            raise
        raise ChokepointError(
            f"{query.path} failed: {error}",
            "the file is of another version than the question: run `make build`, or ask a numbered"
            " release with the version that made it.",
        ) from error


def _refuse_undeclared(query: Query, parameters: Mapping[str, str]) -> None:
    unknown = sorted(set(parameters) - _declared(query))
    if unknown:
        instead = [f"{query.gone[name]}." for name in unknown if name in query.gone]
        raise ChokepointError(
            f"{query.name} has no parameter {', '.join(unknown)}.",
            " ".join(instead) or _parameter_help(query),
        )


def bind(con: Any, query: Query, given: Mapping[str, str]) -> None:
    """Set a query's parameters (name -> text) as variables, bound, of their declared types;
    ChokepointError for an unknown name or value."""
    _refuse_undeclared(query, given)
    declared = {parameter.name: parameter for parameter in query.parameters}
    for variable, text in given.items():
        parts = text.split(",") if declared[variable].type == "list" else [text]
        for part in parts:
            _refuse_unknown(con, query, variable, part)
        _set_variable(con, query, declared[variable], text)


def _set_variable(con: Any, query: Query, parameter: Parameter, text: str) -> None:
    # The name comes from the query's header, where only identifiers pass; the value is bound.
    con.execute(
        f'set variable "{parameter.name}" ='
        f" (select {TYPES[parameter.type]} from (select ? as given))",
        [text],
    )
    # To its end: a connection with an unfinished result answers nothing else.
    ((is_null,),) = con.execute(f"select getvariable('{parameter.name}') is null").fetchall()
    if is_null:
        raise ChokepointError(
            f"{query.name}: {option_of(parameter.name)} {text!r} is not"
            f" {meaning_of(parameter.type)}.",
            _parameter_help(query),
        )


def _refuse_unknown(con: Any, query: Query, name: str, text: str) -> None:
    """ChokepointError that names the nearest, where a value is none of those that are known."""
    if name not in query.known or not text.strip():
        return
    rows = con.execute(" union ".join(query.known[name])).fetchall()
    known = {_plain(value): value for (value,) in rows if value}
    if _plain(text) not in known:
        near = _nearest(_plain(text), sorted(known))
        option = option_of(name)
        raise ChokepointError(
            f"{query.name}: {option} {text[:60]!r} is not known.",
            f"give {option} as {_named([known[value] for value in near])}.",
        )


def _plain(text: str) -> str:
    return re.sub("[ -]+", " ", text.strip().lower())


def _nearest(text: str, values: list[str]) -> list[str]:
    """Of these values those near to one that is none of them: of a code those of its heading, the
    longest common beginning first, if any; of a name those that begin with it, have it inside or
    are spelled like it, else all."""
    if text.isdigit() and any(value.isdigit() and len(value) > 4 for value in values):
        kin = [value for value in values if value.startswith(text[:4])]
        starts = [text[:end] for end in range(len(text))]
        return sorted(kin, key=lambda value: (-sum(map(value.startswith, starts)), value))
    lowered = {value.lower(): value for value in values}
    found = sorted(
        (one for one in lowered if text.lower() in one),
        key=lambda one: not one.startswith(text.lower()),
    )
    if not found and re.search("[a-z]", text, re.IGNORECASE):
        found = difflib.get_close_matches(text.lower(), lowered, n=3)
    return [lowered[one] for one in found] or values


def _hints(con: Any, query: Query) -> list[str]:
    if query.found_in is None:
        return []
    relation, columns = query.found_in
    for parameter in query.parameters:
        if parameter.type == "code" and (hint := _without_trade(con, parameter.name)):
            return [hint]
    defaults = {parameter.name: parameter.default for parameter in query.parameters}
    asked = {}
    for name in columns:
        ((given,),) = con.execute(f"select cast(getvariable('{name}') as varchar)").fetchall()
        # A parameter that was left out and leaves all in asks for nothing.
        if given or not _ALL.match(defaults[name] or "all"):
            asked[name] = given or defaults[name]
    return what_exists(con, relation, {name: columns[name] for name in asked}, asked)


def _without_trade(con: Any, name: str) -> str | None:
    """The nomenclatures of a code that was asked for, if no trade in it is bundled."""
    ((code, has_trade, traded, nomenclatures),) = con.execute(
        f"""
        select
            getvariable('{name}') as code,
            exists (from marts.dim_product where is_traded and starts_with(product_code, code)),
            (select list(product_code) from marts.dim_product where is_traded),
            (select string_agg(distinct nomenclature, ', ' order by nomenclature)
             from marts.dim_product_code where is_newest and starts_with(product_code, code))
        """
    ).fetchall()
    if code is None or has_trade:
        return None
    kin = _named(_nearest(code, traded or []))
    of = (
        f"Of heading {code[:4]} there is {kin}." if kin else f"Of heading {code[:4]} there is none."
    )
    if nomenclatures is None:
        return f"No trade in {code} is bundled, and no list here has it. It may yet be a code. {of}"
    return f"{code} is in {nomenclatures}, but no trade in it is bundled. {of}"


def what_exists(
    con: Any,
    relation: str,
    columns: Mapping[str, str],
    asked: Mapping[str, Any],
    *,
    counted: str = "",
) -> list[str]:
    """For each thing asked for, the values that exist together with the others. `columns`: name ->
    SQL; `asked`: name -> value; `counted`: condition on the rows in question."""
    hints, strange = [], []
    for name, column in columns.items():
        others = [other for other in columns if other != name]
        conditions = [f"lower(cast({columns[other]} as varchar)) = lower(?)" for other in others]
        found = con.execute(
            f"select distinct cast({column} as varchar) from {relation}"
            f" where {' and '.join([*conditions, counted or 'true'])} order by 1",
            [asked[other] for other in others],
        ).fetchall()
        known = con.execute(
            f"select 1 from {relation} where lower(cast({column} as varchar)) = lower(?) limit 1",
            [asked[name]],
        ).fetchone()
        values = [value for (value,) in found if value is not None]
        if known is None:
            strange.append(f"{name} {asked[name]} is nowhere in {relation}.")
        if not values:
            continue
        with_others = " and ".join(f"{other} {asked[other]}" for other in others)
        near = _nearest(asked[name], values) if known is None else values
        there_is = f"With {with_others} there is" if others else "There is"
        hints.append(f"{there_is} {name} {_named(near)}." if near
                     else f"{there_is} no {name} of heading {asked[name][:4]}.")  # fmt: skip
    return hints + strange


def _named(values: list[str]) -> str:
    if len(values) > 2 and all(value.isdigit() and len(value) == 4 for value in values):
        years = [int(value) for value in values]
        if years[-1] - years[0] == len(years) - 1:
            return f"{values[0]} to {values[-1]}"
    named = ", ".join(values[:_NAMED_VALUES])
    more = len(values) - _NAMED_VALUES
    return f"{named} and {more} more" if more > 0 else named


def _parameter_help(query: Query) -> str:
    if not query.parameters:
        return f"{query.name} takes no parameters."
    lines = [f"    {parameter.told}" for parameter in query.parameters]
    return "\n".join(["use the parameters of the query:", *lines])


def read_query(path: Path) -> Query:
    """The query of a file; ChokepointError where its header declares a parameter wrongly."""
    return parse_query(path.stem, path.read_text(encoding="utf-8"), path)


def parse_query(name: str, sql: str, path: Path) -> Query:
    """A query from its text; ChokepointError, with its path, for a line that declares no
    parameter."""
    comments: list[str] = []
    parameters: list[Parameter] = []
    found_in: tuple[str, dict[str, str]] | None = None
    known: dict[str, list[str]] = {}
    short: list[str] = []
    first: list[tuple[str, bool]] = []
    first_words = ""
    gone: dict[str, str] = {}
    for number, line in enumerate(sql.splitlines(), start=1):
        if not line.startswith("--"):
            break
        if told := _FOUND_IN.fullmatch(line):
            pairs = (pair.partition("=") for pair in told[2].split())
            found_in = (told[1], {name: column or name for name, _, column in pairs})
        elif told := _KNOWN.fullmatch(line):
            parameter, relation, columns, values = told.groups()
            quoted = ", ".join(f"'{value.strip()}'" for value in (values or "").split(","))
            known.setdefault(parameter, []).append(
                f"select unnest([{columns}]) from {relation}"
                if relation
                else f"select unnest([{quoted}])"
            )
        elif told := _SHORT.fullmatch(line):
            short += [column.strip() for column in told[1].split(",") if column.strip()]
        elif told := _FIRST.fullmatch(line):
            parts = [part.split() for part in told[1].split(",") if part.strip()]
            first = [(part[0], part[1:] == ["desc"]) for part in parts]
            first_words = told[2]
        elif told := _GONE.fullmatch(line):
            gone[told[1]] = told[2]
        elif (told := _PARAMETER.fullmatch(line)) and told[2] in TYPES:
            parameters.append(Parameter(told[1], told[2], told[3]))
            if told[2] == "place":
                known.setdefault(told[1], []).append(_PLACES)
        elif line.removeprefix("--").lstrip().startswith("param:"):
            raise ChokepointError(
                f"{path}, line {number}: {line!r} does not declare a parameter.",
                f"write -- param: name type 'meaning; default', type one of {', '.join(TYPES)}.",
            )
        else:
            comments.append(line.removeprefix("--").strip())
    title, *notes = comments or [name]
    return Query(
        name, path, title, "\n".join(notes), tuple(parameters), sql, found_in, known,
        tuple(short), tuple(first), first_words, gone,
    )  # fmt: skip

"""One reading of the published file, for all pages: rows, tables, charts, notices."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.checks import UNCHECKED
from chokepoint.errors import ChokepointError
from chokepoint.settings import PROJECT_DIR
from chokepoint.site import sentences, specs, words
from chokepoint.site.parts import Chart, Row, Table, json_value

if TYPE_CHECKING:
    from chokepoint.settings import Settings

# Queries, charts, templates and static files lie beside this module.
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Page:
    """One HTML file.

    path      below the site's folder, for example products/850511.html
    template  file of templates/
    title     name of the page, in the browser's tab and in search results
    context   what the template reads, beside `site` and `page`
    """

    path: str
    template: str
    title: str
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """Way from the page to the site's folder."""
        return "../" * self.path.count("/")


@dataclass(frozen=True)
class Notice:
    """What a reader must know before any figure. `kind` is fail, warn or note."""

    kind: str
    text: str
    href: str = "health.html"


@functools.cache
def kept_for(query: str) -> tuple[str, ...]:
    """The queries whose rows a query reads as temp.<name>."""
    text = query_file(query).read_text(encoding="utf-8")
    return tuple(dict.fromkeys(re.findall(r"^(?!--).*\btemp\.(\w+)", text, re.MULTILINE)))


def query_file(name: str) -> Path:
    """The file of a query: of the site, else of the questions of the project."""
    own = HERE / "queries" / f"{name}.sql"
    return own if own.exists() else PROJECT_DIR / "queries" / own.name


class Site:
    """One reading of the published file, for all pages.

    con     the connection, or what executes like one; opened once: a publish changes nothing
    as_of   the day that counts as today; also the day whose knowledge counts
    private whether the file is the private copy: each page says so
    version of the numbered release that the file is; empty: a build
    address of the folder in which sites are put, for citations; empty: not known
    """

    def __init__(
        self,
        con: Any,
        as_of: dt.date,
        settings: Settings,
        *,
        private: bool = False,
        version: str = "",
        address: str = "",
    ) -> None:
        self.con = con
        self.as_of = as_of
        self.settings = settings
        self.private = private
        self.version = version
        self.address = address.rstrip("/")
        # What is written beside the pages, by its address below the site's folder.
        self.tables: dict[str, Table] = {}
        self.charts: dict[str, Chart] = {}
        # Sources that a page has named: of a line below a chart, and of a CSV.
        self.lines: dict[str, tuple[str, ...]] = {}
        self.sources_named: dict[str, tuple[str, ...]] = {}
        self.missing: dict[str, str] = {}
        self._rows: dict[tuple[str, str], list[Row]] = {}
        self._kept: set[str] = set()
        # Those of the project that a page asks.
        self.questions: set[str] = set()
        con.execute("set variable as_of = ?::date", [as_of])
        self.release: dict[str, Any] = defaultdict(lambda: None, *self._optional("from meta.build"))
        countries = self._optional(
            "select country_iso3, country_iso2, country_name from marts.dim_country"
        )
        self.countries = {row["country_iso3"]: row["country_name"] for row in countries}
        self.iso2 = {row["country_iso3"]: row["country_iso2"] for row in countries}
        self.jurisdictions = {row["country_iso2"]: row["country_name"] for row in countries}
        self.sources = {
            row["source_id"]: row
            for row in self._optional(
                "select source_id, any_value(producer) as producer, any_value(title) as title,"
                " any_value(url) as url, any_value(licence) as licence,"
                " any_value(data_origin) as data_origin from meta.sources group by source_id"
            )
        }
        self.fresh = {
            row["source_id"]: row
            for row in self._optional(
                "select source_id, known_on, stale_after from meta.freshness"
                " where known_on is not null"
            )
        }
        self.notices = self._notices()
        self.status = self._status()
        self.nav: list[tuple[str, str]] = []
        # Files that the SQL page loads, with their sizes; None: why there are none.
        self.web: dict[str, Any] | None = None
        self.no_web = "It was left out when this site was written."

    def rows(self, query: str, **variables: Any) -> list[Row]:
        """The rows of queries/<query>.sql, asked once; `as_of` is always set. The rows of queries
        that it reads as temp.<name> are made at the first need.

        A relation or column that the file lacks (an older release) gives no rows, and a notice.
        """
        asked = query, repr(variables)
        if asked not in self._rows:
            rows = self._asked(query, "", variables)
            if query in self.missing:
                return []
            self._rows[asked] = rows
        return self._rows[asked]

    def question(self, name: str, **parameters: Any) -> list[Row]:
        """The rows of queries/<name>.sql of the project, with these parameters."""
        self.questions.add(name)
        rows = self.rows(name, **parameters)
        for parameter in parameters:
            self.con.execute(f"reset variable {parameter}")
        return rows

    def _asked(self, query: str, prefix: str, variables: Mapping[str, Any]) -> list[Row]:
        import duckdb

        for name, value in variables.items():
            self.con.execute(f"set variable {name} = ?", [value])
        for kept in kept_for(query):
            if kept not in self._kept:
                self._kept.add(kept)
                self._asked(kept, f"create or replace temp table {kept} as ", variables)
        try:
            return self._fetch(prefix + query_file(query).read_text(encoding="utf-8"))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            fault = str(error).splitlines()[0]
            # What could not be kept is lacking for its own reason.
            lacking = (why for name, why in self.missing.items() if f"name {name} " in fault)
            self.missing[query] = next(lacking, fault)
            return []

    def lacks(self, *queries: str) -> str:
        """What the file lacks for these queries, in words; empty if all of them could be asked."""
        faults = [self.missing[query] for query in queries if query in self.missing]
        named = words.listing(dict.fromkeys(map(_lacking, faults)), 3)
        return f"This release lacks {named}" if faults else ""

    def table(self, block: str, rows: Sequence[Row], **values: Any) -> Table:
        """The table that a block of templates/*.text.j2 declares; data/<path>.csv has its rows.

        block   page.name; the path is page/name unless the block has another
        values  what it reads beside `site` and `rows`
        """
        rows = sentences.of_rows(block, rows, site=self, **values)
        return self._table(rows, self._declared(block, rows, values))

    def _declared(self, block: str, rows: Sequence[Row], values: Mapping[str, Any]) -> dict:
        path = block.replace(".", "/").replace("_", "-")
        return {"path": path} | sentences.parts(block, **{"site": self, "rows": rows, **values})

    def _table(self, rows: Sequence[Row], declared: Mapping[str, Any]) -> Table:
        texts = {key: declared[key] for key in ("empty", "search", "origin") if key in declared}
        csv = f"data/{declared['path']}.csv"
        table = Table(
            declared["columns"],
            rows,
            declared["caption"],
            csv=csv,
            stacked=declared.get("stacked") != "no",
            **texts,
        )
        if csv in self.tables:
            raise ValueError(f"{csv} is written twice")
        if rows:
            self.tables[csv] = table
        return table

    def chart(
        self,
        block: str,
        rows: Sequence[Row],
        *,
        changes: Mapping[str, Any] | None = None,
        datasets: Mapping[str, Sequence[Row]] | None = None,
        synthetic: bool = False,
        **values: Any,
    ) -> Chart:
        """The chart that a block declares, charts/<spec>.vl.json over the rows, with its table.

        rows      what the spec draws (dataset `rows`) and the table shows
        changes   parts of the spec that depend on the data, put over the file's own
        datasets  more datasets that the spec names; a layer of an empty one is left out
        """
        rows = sentences.of_rows(block, rows, site=self, **values)
        declared = self._declared(block, rows, values)
        drawn = None
        if rows:
            drawn = _spec(declared["spec"], changes or {}, {"rows": rows, **(datasets or {})})
        else:
            # What to beware of in a picture that is not there.
            declared.pop("notes", None)
        origin = "synthetic" if synthetic else "real"
        shown = {"caption": "The data of the chart", "stacked": "no", "origin": origin}
        table = self._table(rows, shown | declared)
        # The bars are named, too, unless the description does so.
        described = declared.get("description", "")
        named = "; ".join(
            f"{row['label']} {row['shown']}" for row in rows if {"label", "shown"} <= row.keys()
        )
        if named and described and ":" not in described:
            described += f": {named}"
        path, source = declared["path"], declared["source"]
        made = Chart(
            path.rpartition("/")[2],
            declared["finding"],
            declared["unit"],
            drawn,
            table,
            source,
            described or declared["finding"],
            f"data/{path}",
            synthetic,
            declared.get("notes", ()),
            declared.get("day", ""),
        )
        if drawn:
            self.charts[made.file] = made
            self.sources_named[f"{made.file}.csv"] = self.lines.get(source, ())
        return made

    def country(self, code: str | None) -> str:
        """Name of a country for people."""
        special = {"EU27": "the EU", "ALL": "all countries", "ALL_NON_EU": "all outside the EU"}
        return special.get(code or "") or self.countries.get(code or "") or code or ""

    def place(self, code: str) -> str:
        """An importer as a sentence names it: the EU27, the United States."""
        return "the EU27" if code == "EU27" else words.in_sentence(self.country(code))

    def jurisdiction(self, code: str | None) -> str:
        """Name of who issued a measure: ISO 3166 alpha-2, or EU."""
        return (
            "European Union" if code == "EU" else self.jurisdictions.get(code or "") or code or ""
        )

    @property
    def looks_back(self) -> bool:
        """Whether the day of the page is before that of the release."""
        built = self.release["built_at"]
        return built is not None and self.as_of < built.date()

    def of_release(self) -> str:
        """Of which release what does not follow the day of the page is, for the end of a clause."""
        built = self.release["built_at"]
        return f"the release of {words.day(built.date())}" if built else "this release"

    @property
    def release_name(self) -> str:
        """The release as a citation names it."""
        if self.version:
            return f"release {self.version}"
        return f"build {self.release['release_id'] or 'without a name'}"

    def permanent(self, path: str) -> str:
        """The address of a file of the site, for good if the file is a numbered release."""
        parts = [self.address, self.version, path] if self.address else [path]
        return "/".join(part for part in parts if part)

    def producer(self, source_id: str) -> str:
        """Who makes a source."""
        return str(self.sources.get(source_id, {}).get("producer") or source_id)

    def source_line(self, *source_ids: str) -> str:
        """For the line below a chart: producer and title of a source, of several the producers."""
        found = [
            self.sources.get(source_id) or {"producer": source_id, "title": None}
            for source_id in dict.fromkeys(source_ids)
        ]
        if len(found) == 1 and found[0]["title"]:
            line = f"{found[0]['producer']}, {found[0]['title']}"
        else:
            line = words.listing(list(dict.fromkeys(str(row["producer"]) for row in found)))
        self.lines[line] = source_ids
        return line

    def sources_of(self, rows: Iterable[Row]) -> str:
        """The line for the sources of rows; `none` without rows."""
        found = {row["source_id"] for row in rows if row.get("source_id")}
        return self.source_line(*sorted(found)) if found else "none"

    def updates(self, line: str) -> str:
        """When the figures behind a `source_line` were received, and when newer ones are expected;
        nothing on a page that looks back to a day before."""
        found = [self.fresh[one] for one in self.lines.get(line, ()) if one in self.fresh]
        received = max((row["known_on"] for row in found), default=None)
        if received is None or received > self.as_of:
            return ""
        said = f"Received {words.day(received)}"
        due = min((row["stale_after"] for row in found if row["stale_after"]), default=None)
        if due:
            is_late = due < self.as_of
            said += f", {'an edition due by' if is_late else 'next expected by'} {words.day(due)}"
            said += " is missing" if is_late else ""
        return f"{said}."

    def _fetch(self, sql: str) -> list[Row]:
        cursor = self.con.execute(sql)
        names = [column[0] for column in cursor.description]
        rows: list[Any] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        # Beside a code its name, beside a measure its page; in a headline days as pages write them.
        for code, name, find in (
            ("top_supplier_iso3", "supplier", self.country),
            ("reporter_code", "reporter_name", self._place),
            ("partner_code", "partner_name", self._place),
            ("jurisdiction", "issued_by", lambda code: self.jurisdictions.get(code, code)),
            ("headline", "headline", words.days_in),
            ("measure_id", "page", lambda code: code and words.measure_href(code)),
        ):
            for row in rows if code in names else ():
                row[name] = find(row[code])
        for row in rows if {"instrument_no", "title"} <= set(names) else ():
            row["measure"] = words.measure(row)
        return rows

    def _place(self, code: str | None) -> str | None:
        return self.countries.get(code or "", code)

    def _optional(self, sql: str) -> list[Row]:
        import duckdb

        try:
            return self._fetch(sql)
        except (duckdb.CatalogException, duckdb.BinderException):
            return []

    def _notices(self) -> list[Notice]:
        notices = []
        checks = self._optional(
            "select check_name, status in ('fail', 'error') and severity = 'error' as is_failed,"
            f" observed = '{UNCHECKED}' as is_unchecked from meta.check_results order by check_name"
        )
        names = [row["check_name"] for row in checks if row["is_failed"]]
        unchecked = sum(bool(row["is_unchecked"]) for row in checks)
        if names:
            notices.append(Notice("fail", sentences.say("site.failed", names=names)))
        if unchecked:
            notices.append(Notice("fail", sentences.say("site.unchecked", count=unchecked)))
        if not checks:
            notices.append(
                Notice("fail", "No check of this release is recorded. Do not rely on its figures.")
            )
        return notices + self._age()

    def _status(self) -> str:
        """How far law and trade reach and what is overdue, in one line."""
        read = self._optional(
            "select jurisdiction, list_read_to, newest_source_on from meta.law_coverage"
            " order by measure_count desc, jurisdiction limit 1"
        )
        trade = self._optional(
            "select max(period) as year from marts.fct_import_concentration"
            " where frequency = 'annual' and reporter_code = 'EU27'"
            " and cast(period || '-12-31' as date) < getvariable('as_of') having year is not null"
        )
        stale = "select 1 from meta.{} where stale_after < getvariable('as_of')"
        overdue = [
            of + words.count(len(found), noun)
            for table, of, noun in (
                ("freshness", "", "source"),
                ("law_coverage", "the law of ", "jurisdiction"),
            )
            if (found := self._optional(stale.format(table)))
        ]
        place = self.jurisdiction(read[0]["jurisdiction"]) if read else ""
        told = sentences.lines(
            "site.status",
            place=words.sentence(words.in_sentence(place)),
            read=read[0] if read else None,
            year=trade[0]["year"] if trade else "",
            overdue=overdue,
        )
        return " · ".join(told)

    def _age(self) -> list[Notice]:
        from chokepoint.releases.published import list_releases

        built = self.release["built_at"]
        if built is None:
            return [Notice("fail", "The file does not say which release it is.")]
        release_id = str(self.release["release_id"])
        newest = next((kept.release_id for kept in list_releases(self.settings)), release_id)
        age = (self.as_of - built.date()).days
        text = sentences.say(
            "site.age", site=self, built=built, release_id=release_id, newest=newest, age=age
        )
        if age < 0 and newest <= release_id:
            return [Notice("note", text, "index.html")]
        return [Notice("warn", text)] if text else []


def _spec(
    name: str, changes: Mapping[str, Any], datasets: Mapping[str, Sequence[Row]]
) -> dict[str, Any]:
    """A chart of charts/ over its rows, which are cut down to what it names."""
    spec = specs.merge(specs.read(name), changes)
    fields = specs.words_of(spec)
    spec["datasets"] = {
        name: [{key: json_value(row[key]) for key in row if key in fields} for row in rows]
        for name, rows in datasets.items()
    }
    if len(datasets) > 1 and "layer" in spec:
        specs.without_empty_layers(spec)
    return spec


@contextmanager
def of_this_version() -> Iterator[None]:
    """ChokepointError where rows lack a column that a page reads: the file is an older one."""
    from jinja2 import UndefinedError

    try:
        yield
    except (KeyError, UndefinedError) as error:
        raise ChokepointError(
            f"Perhaps the release lacks a column that the pages read ({error}): another version of"
            " the project may have built it.",
            "write them with that version, or build the release again with `make build`.",
        ) from error


def _lacking(fault: str) -> str:
    """The relation or column that a message of DuckDB does not find, by kind and name."""
    relation = re.search(
        r"(Table Function|Table|View|Schema)(?: Function)? with name \"?([\w.]+)", fault
    )
    if relation:
        kind = "query" if relation[1] == "Table Function" else relation[1].lower()
        return f"the {kind} {relation[2]}"
    column = re.search(r'column "?([\w.]+)', fault)
    return f"the column {column[1]}" if column else "a table that this reads"

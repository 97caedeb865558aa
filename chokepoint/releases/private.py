"""Rows that stay out of a release, but those of `SAYS_OF_SOURCES`, and in `private_copy`. Own are
those whose `data_origin` is `own`, or nothing. Restricted are those that name a source whose
`redistribution` in `dim_trade_source` is restricted or unconfirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from chokepoint.checks import NOT_IN_SCOPE, UNCHECKED, CheckResult
from chokepoint.errors import ChokepointError
from chokepoint.releases.relations import Relation, literal, quote

if TYPE_CHECKING:
    import duckdb

ORIGIN_COLUMN = "data_origin"
OWN = "own"
# A table with one of these holds something of a supply graph or of a scenario.
PRIVATE_KEYS = ("graph_id", "scenario_id")
MASK = "(private)"
# What a check says that found nothing, or did not run; anything else may quote private rows.
_HARMLESS = ("no row against it", UNCHECKED, NOT_IN_SCOPE)
TRADE_SOURCES = "marts.dim_trade_source"
NOT_PASSED_ON = ("restricted", "unconfirmed")
# Relations that describe sources, and which of their rows hold no figure.
SAYS_OF_SOURCES = {
    TRADE_SOURCES: "true",
    "meta.sources": "true",
    "meta.freshness": "coalesce(row_count, 0) = 0",
}


def restricted_sources(con: duckdb.DuckDBPyConnection, database: str) -> tuple[str, ...]:
    """Sources whose figures may not be passed on, by the table of sources in a database."""
    return _names(
        con,
        f"select source_id from {quote(database)}.{TRADE_SOURCES}"
        " where list_contains($1, redistribution) order by source_id",
        NOT_PASSED_ON,
    )


def held_back(
    con: duckdb.DuckDBPyConnection, database: str, restricted: Collection[str]
) -> tuple[str, ...]:
    """Of the restricted sources those of which rows have landed."""
    return _names(
        con,
        f"select source_id from {quote(database)}.meta.freshness"
        " where row_count > 0 and list_contains($1, source_id) order by source_id",
        restricted,
    )


def _names(con: duckdb.DuckDBPyConnection, sql: str, chosen: Collection[str]) -> tuple[str, ...]:
    """Names of a query; none where the database lacks its table."""
    import duckdb

    try:
        return tuple(name for (name,) in con.execute(sql, [list(chosen)]).fetchall())
    except duckdb.CatalogException:
        return ()


def private_condition(relation: Relation, restricted: Collection[str] = ()) -> str:
    """SQL that is true for the rows of a table that stay private, `restricted` sources' too; empty
    where there can be none."""
    if relation.kind != "table":
        return ""
    conditions = []
    if _has(relation, ORIGIN_COLUMN):
        origin = f"replace(coalesce(cast({ORIGIN_COLUMN} as varchar), '{OWN}'), ' ', '')"
        conditions.append(f"(list_contains(string_split({origin}, ';'), '{OWN}'))")
    names = ", ".join(map(literal, restricted))
    # A cell made from several sources names them all: source_ids, "one, other".
    told = [
        f"list_has_any(string_split(replace(coalesce(cast({quote(column.name)} as varchar), ''),"
        f" ' ', ''), ','), [{names}])"
        for column in relation.columns
        if column.name in ("source_id", "source_ids") or column.name.endswith("_source_id")
    ]
    if restricted and told:
        told_without = SAYS_OF_SOURCES.get(relation.label, "false")
        conditions.append(f"(({' or '.join(told)}) and not ({told_without}))")
    return " or ".join(conditions)


def check_origins(relations: Iterable[Relation]) -> None:
    """Raise ChokepointError if a table of graphs or scenarios does not say whose its rows are."""
    silent = [
        f"{relation.label} ({key})"
        for relation in relations
        if relation.kind == "table" and not _has(relation, ORIGIN_COLUMN)
        for key in PRIVATE_KEYS
        if _has(relation, key)
    ]
    if silent:
        raise ChokepointError(
            f"{', '.join(silent)} would be published without {ORIGIN_COLUMN}: own rows could not "
            "be told from the others.",
            f"give the model a column {ORIGIN_COLUMN}, own where the graph or the scenario is own.",
        )


def copied_rows(relation: Relation, restricted: Collection[str] = ()) -> str:
    """The clause that leaves private rows out of a copy; empty where there can be none."""
    condition = private_condition(relation, restricted)
    return f" where not ({condition})" if condition else ""


def withheld_rows(
    con: duckdb.DuckDBPyConnection,
    relations: Iterable[Relation],
    source: str,
    copy: str,
    restricted: Collection[str] = (),
) -> dict[str, int]:
    """Label of each table that lost rows on the way into the copy -> how many."""
    withheld = {}
    for relation in relations:
        if private_condition(relation, restricted):
            lost = con.execute(
                f"select (select count(*) from {quote(source)}.{relation.sql_name})"
                f" - (select count(*) from {quote(copy)}.{relation.sql_name})"
            ).fetchall()[0][0]
            if lost:
                withheld[relation.label] = lost
    return withheld


def check_own_names(
    con: duckdb.DuckDBPyConnection, relations: list[Relation], source: str, copy: str
) -> None:
    """Raise ChokepointError if the copy names a graph or scenario that only the user has: a second
    lock, for a model that calls such a row another's."""
    for key in PRIVATE_KEYS:
        names = _names(
            con,
            f"""
            select substr(period, length(split_part(period, '-', 1)) + 2)
            from {quote(source)}.meta.deliveries
            where starts_with(source_id, $1[1]) group by all
            having bool_and(split_part(period, '-', 1) = '{OWN}')
            """,
            ["scenario" if key == "scenario_id" else "exposure_"],
        )
        for relation in relations if names else ():
            if relation.kind != "table" or not _has(relation, key):
                continue
            found = con.execute(
                f"select count(*) from {quote(copy)}.{relation.sql_name}"
                f" where list_contains($1, {quote(key)})",
                [list(names)],
            ).fetchall()[0][0]
            if found:
                raise ChokepointError(
                    f"{found:,} rows of {relation.label} would be published although they tell "
                    f"of a {key.removesuffix('_id')} of your own.",
                    f"let {ORIGIN_COLUMN} of the model be {OWN!r} where the graph or the "
                    "scenario is own.",
                )


def publishable_results(
    results: Iterable[CheckResult], private_checks: Collection[str] | None
) -> list[CheckResult]:
    """The results without what checks have seen of own rows: those named in `private_checks` (None:
    all). One of a landed table, or that found something, counts as skipped; of layer `published`
    all stay, whose copy has no own row."""

    def is_public(result: CheckResult) -> bool:
        return result.layer == "published" or not (
            private_checks is None
            or result.check_name in private_checks
            or result.relation in private_checks
        )

    return [
        result
        if is_public(result)
        else replace(result, failing_sample=None)
        if not result.relation.startswith("landing.") and result.observed in (None, *_HARMLESS)
        else replace(result, status="skipped", observed=MASK, failing_sample=None)
        for result in results
    ]


def _has(relation: Relation, name: str) -> bool:
    return any(column.name == name for column in relation.columns)

"""Whose data a published table is made from, and under which terms it may be passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from chokepoint.releases.relations import rows_of

LICENCE_FILE = "LICENSES.csv"
# Condition on `meta.sources`: the source has rows in the file, or is a seed, which always has.
_HAS_ROWS = """
not exists (
    from meta.freshness
    where freshness.source_id = sources.source_id and coalesce(freshness.row_count, 0) = 0
)
and not exists (
    from meta.build
    where list_contains(string_split(coalesce(sources_held_back, ''), ', '), sources.source_id)
)
"""


class Licence(NamedTuple):
    """Terms of one raw table (landed table or seed) that a published relation is made from;
    `our_licence`: of what this project added."""

    relation: str
    raw_table: str
    producer: str
    title: str
    licence: str
    licence_url: str | None
    our_licence: str | None
    data_origin: str | None


def read_licences(con: duckdb.DuckDBPyConnection) -> list[Licence]:
    """One entry per published model and raw table it is made from, near or far, of the file that
    `con` uses. Tables of sources without rows are left out; empty where the file does not say."""
    return [
        Licence(*row)
        for row in rows_of(
            con,
            f"""
            select inputs.relation_name, sources.table_name, sources.producer, sources.title,
                sources.licence, sources.licence_url, sources.our_licence, sources.data_origin
            from meta.inputs as inputs
            inner join meta.sources as sources on inputs.input_name = sources.table_name
            where inputs.input_kind in ('delivery', 'seed') and {_HAS_ROWS}
            order by all
            """,
        )
    ]


def package_origins(
    con: duckdb.DuckDBPyConnection,
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """(sources, licenses) of all that the file in use was made from, as data packages state them;
    empty where it does not say."""
    found = rows_of(
        con,
        f"""
        select distinct producer, coalesce(url, ''), licence, coalesce(licence_url, '')
        from meta.sources as sources
        where {_HAS_ROWS} and exists (
            from meta.inputs where input_name = sources.table_name
                and input_kind in ('delivery', 'seed')
        )
        """,
    )
    sources = sorted({(producer, url) for producer, url, _, _ in found if producer})
    licences = sorted({(title, url) for _, _, title, url in found if title})
    return [_linked({"title": title}, url) for title, url in sources], _named(licences)


def package_licences(licences: list[Licence]) -> list[dict[str, str]]:
    """The same terms once each, as data packages state them: name, title and address."""
    return _named(sorted({(one.licence, one.licence_url or "") for one in licences}))


def _named(licences: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [
        _linked({"name": re.sub(r"[^A-Za-z0-9.]+", "-", title).strip("-"), "title": title}, url)
        for title, url in licences
    ]


def _linked(entry: dict[str, str], url: str) -> dict[str, str]:
    return entry | ({"path": url} if url.startswith("http") else {})

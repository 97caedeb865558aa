"""Plots of `charts/`: Vega-Lite specs that name the published relations they show.

A spec says `"data": {"name": "reports.rpt_plot_..."}` and holds no figures. `fill` puts the rows
of those relations into its `datasets`, `render` draws it without a browser or a network.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chokepoint.console import write_file
from chokepoint.errors import ChokepointError

if TYPE_CHECKING:
    import duckdb

    from chokepoint.settings import Settings

SUFFIXES = (".svg", ".png", ".html", ".json")
# The version whose words the specs are written in.
VEGA_LITE = "6.4"
CHARTS = Path(__file__).parent / "charts"
# More marks than this are no plot that anybody reads.
MOST_ROWS = 20_000
_RELATION = re.compile(r"(marts|reports|meta)\.[a-z][a-z0-9_]*")


def plot_names(settings: Settings) -> list[str]:
    """Names of the plots, sorted."""
    return sorted(path.name.removesuffix(".vl.json") for path in CHARTS.glob("*.vl.json"))


def read_spec(settings: Settings, name: str) -> dict[str, Any]:
    """The spec of a plot; ChokepointError for an unknown name or a file that is no JSON."""
    known = plot_names(settings)
    if name not in known:
        raise ChokepointError(f"There is no plot {name!r}.", f"give one of: {', '.join(known)}.")
    path = CHARTS / f"{name}.vl.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ChokepointError(f"{path} is not JSON: {error}.", "restore the file.") from None


def relations_of(spec: dict[str, Any]) -> list[str]:
    """The relations a spec takes its rows from, in the order in which it names them."""
    return list(dict.fromkeys(_data_names(spec)))


def fill(spec: dict[str, Any], con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """A copy of the spec with the rows of its relations in `datasets`.

    A relation without rows makes a plot that says so instead of an empty frame. ChokepointError
    for a relation that is not published or has more rows than a plot can show.
    """
    import duckdb

    datasets: dict[str, list[dict[str, Any]]] = {}
    for relation in relations_of(spec):
        if not _RELATION.fullmatch(relation):
            raise ChokepointError(
                f"The plot names {relation!r}, which is no published relation.",
                "write schema.relation, such as reports.rpt_plot_scenarios.",
            )
        try:
            cursor = con.execute(f"from {relation} limit {MOST_ROWS + 1}")
        except duckdb.CatalogException:
            raise ChokepointError(
                f"The plot needs {relation}, which the file does not have.",
                "build again with this version: `make build`.",
            ) from None
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        if len(rows) > MOST_ROWS:
            raise ChokepointError(
                f"{relation} has more than {MOST_ROWS:,} rows, too many for a plot.",
                "plot a part of it: query the relation and use its rows.",
            )
        datasets[relation] = [
            {name: _json_value(value) for name, value in zip(names, row, strict=True)}
            for row in rows
        ]
    if not all(datasets.values()):
        empty = ", ".join(relation for relation, rows in datasets.items() if not rows)
        return {
            "$schema": spec.get("$schema"),
            "title": spec.get("title"),
            "data": {"values": [{"text": f"Nothing to show: {empty} has no row."}]},
            "mark": {"type": "text", "fontSize": 14},
            "encoding": {"text": {"field": "text"}},
        }
    return {**spec, "datasets": datasets}


def render(settings: Settings, name: str, output: Path, *, private: bool = False) -> int:
    """Draw a plot of the published file into `output`, as its suffix says; the rows it shows.

    output   .svg, .png, .html (alone, no network needed) or .json (the spec with its rows)
    private  draw from the private copy, which has the user's own rows too
    """
    from chokepoint.reading.connection import connect_published

    if output.suffix.lower() not in SUFFIXES:
        raise ChokepointError(
            f"{output.name} is no kind of plot.", f"end the name in {', '.join(SUFFIXES)}."
        )
    spec = read_spec(settings, name)
    with connect_published(settings, private=private, config=settings.duckdb_config()) as con:
        con.execute("set enable_external_access = false")
        filled = fill(spec, con)
    write_file(output, _draw(filled, output.suffix.lower()), private=private)
    return sum(len(rows) for rows in filled.get("datasets", {}).values())


def _draw(spec: dict[str, Any], suffix: str) -> bytes:
    if suffix == ".json":
        return json.dumps(spec, indent=1).encode()
    # 90 MB of shared library: loaded by those who draw.
    import vl_convert

    if suffix == ".svg":
        return vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE).encode()
    if suffix == ".png":
        return vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=2)
    return vl_convert.vegalite_to_html(spec, vl_version=VEGA_LITE, bundle=True).encode()


def _data_names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        data = part.get("data")
        if isinstance(data, dict) and isinstance(data.get("name"), str):
            yield data["name"]
        for value in part.values():
            yield from _data_names(value)
    elif isinstance(part, list):
        for value in part:
            yield from _data_names(value)


def _json_value(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value

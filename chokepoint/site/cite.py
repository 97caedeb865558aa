"""What others take from the site: pictures, data with a description beside them, a citation.

A chart or table has one name for good, the path of its CSV without `.csv`: beside it lie
`<name>.resource.json`, and of a chart `<name>.svg`, `<name>.png` and `<name>.html`, it alone.
"""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import fnmatch
import functools
import hashlib
import json
import re
import textwrap
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from chokepoint.releases.meta.citation import AUTHOR
from chokepoint.releases.meta.licences import package_licences, read_licences
from chokepoint.site import words
from chokepoint.site.parts import Chart, Table
from chokepoint.site.site import Page, Site, kept_for, query_file

HERE = Path(__file__).parent
QUERIES = HERE / "queries"
DATA = "data"
# The version whose words the specs are written in.
VEGA_LITE = "6.4"
_RELATION = re.compile(r"\b(?:marts|reports|meta)\.([a-z][a-z0-9_]*)")
_COLOUR = re.compile(r"(--[a-z-]+): ([^;]+);")
# Of pictures: pixels of the drawing, of what stands around it, and letters that fit a line.
_WIDTH, _MARGIN = 720, 32
_LINES = {"heading": (22, 28, 66), "unit": (15, 22, 96), "source": (12, 17, 122)}


def chart_config() -> dict[str, Any]:
    """How all charts look, on the page and as pictures."""
    return json.loads((HERE / "charts" / "config.json").read_text(encoding="utf-8"))


def queries_of(name: str) -> tuple[str, ...]:
    """The queries of queries/ that a file of the site is made from: those that figures.csv names,
    and what these read of others."""
    with (HERE / "figures.csv").open(encoding="utf-8", newline="") as file:
        found = (row for row in csv.DictReader(file) if fnmatch.fnmatchcase(name, row["file"]))
        queries = next(found, {"queries": ""})["queries"].split()
    for query in queries:
        queries += [kept for kept in kept_for(query) if kept not in queries]
    return tuple(queries)


@functools.cache
def _relations_read(query: str) -> frozenset[str]:
    """Published relations and macros that a query names."""
    return frozenset(_RELATION.findall(query_file(query).read_text(encoding="utf-8")))


class Sources:
    """Whose data a file is made from, and under which terms, as the published file says."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.licences = read_licences(site.con)
        self.of = functools.cache(self._of)

    def _of(self, queries: Sequence[str], source_ids: Sequence[str]) -> dict[str, Any]:
        """`sources` and `licenses` of a data resource.

        source_ids  the sources, where the page names them; else all behind what the queries read
        """
        wanted = frozenset().union(*map(_relations_read, queries))
        found = [one for one in self.licences if one.relation in wanted]
        named = [self.site.sources[name] for name in source_ids if name in self.site.sources]
        if named:
            titles = {row["title"] for row in named}
            found = [one for one in self.licences if one.title in titles] or found
            sources = [
                {"title": f"{row['producer']}, {row['title']}"}
                | ({"path": row["url"]} if str(row["url"] or "").startswith("http") else {})
                for row in named
            ]
        else:
            pairs = sorted({(one.producer, one.title) for one in found})
            sources = [{"title": f"{producer}, {title}"} for producer, title in pairs]
        made = {"sources": sources, "licenses": package_licences(found)}
        return {key: value for key, value in made.items() if value}


def resource(site: Site, sources: Sources, table: Table, text: str, page: str) -> dict[str, Any]:
    """The Data Resource that describes a CSV: fields, sources, terms, day, release, queries.

    text  the CSV as it is written
    page  address of the page that shows it, below the site's folder
    """
    assert table.csv is not None
    name = table.csv.removeprefix(f"{DATA}/").removesuffix(".csv")
    queries = queries_of(name)
    up = "../" * name.count("/")
    raw = text.encode()
    titles = {column.key: column.title for column in table.columns}
    return {
        "name": re.sub(r"[^a-z0-9._-]+", "-", name.lower()),
        "title": table.caption,
        "path": table.csv.rpartition("/")[2],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(raw),
        "hash": f"sha256:{hashlib.sha256(raw).hexdigest()}",
        "schema": {
            "fields": [
                {"name": key, "type": _type([row.get(key) for row in table.rows])}
                | ({"title": titles[key]} if key in titles else {})
                for key in table.fields()
            ]
        },
        **sources.of(queries, site.sources_named.get(table.csv, ())),
        "asOf": site.as_of.isoformat(),
        "release": site.release_name,
        "page": f"{up}../{page}",
        "queries": [f"{up}queries/{query}.sql" for query in queries],
    }


def citation(site: Site, chart: Chart, page: Page) -> str:
    """A chart as a list of references names it."""
    built = site.release["built_at"]
    finding = f"{page.title}: {chart.finding.rstrip('.')}"
    if chart.synthetic:
        finding = f"Invented sample, no finding about the world. {finding}"
    return (
        f"{AUTHOR} ({(built or site.as_of).year}). “{finding}.” Chokepoint, {site.release_name},"
        f" as of {words.day(site.as_of)}. Source: {chart.source}."
        f" {site.permanent(f'{page.path}#{chart.slug}')}"
    ).replace(words.NBSP, " ")


def pictures(site: Site, chart: Chart, about: str) -> tuple[str, bytes]:
    """A chart as SVG and PNG with its finding, unit and source, in the colours of a light page.

    about  title of its page
    """
    # 90 MB of shared library: loaded by those who draw.
    import vl_convert

    assert chart.spec is not None
    spec = {key: value for key, value in chart.spec.items() if key != "usermeta"}
    if spec.get("width") == "container":
        spec |= {"width": _WIDTH, "autosize": {"type": "fit-x", "contains": "padding"}}
    sheet = (HERE / "static" / "site.css").read_text(encoding="utf-8")
    colours = dict(_COLOUR.findall(sheet.partition("}")[0]))
    drawn = vl_convert.vegalite_to_svg(
        _coloured(json.dumps(spec), colours),
        vl_version=VEGA_LITE,
        config=json.loads(_coloured(json.dumps(chart_config()), colours)),
    )
    svg = _framed(site, chart, about, drawn, colours)
    return svg, vl_convert.svg_to_png(svg, scale=1.5)


def _framed(site: Site, chart: Chart, about: str, drawn: str, colours: dict[str, str]) -> str:
    """The drawing between its finding and its source."""
    found = re.search(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"', drawn)
    assert found, "an SVG has a size"
    width, height = float(found[1]), float(found[2])
    total = max(width, _WIDTH) + 2 * _MARGIN
    y, parts = float(_MARGIN), []

    def write(kind: str, text: str, colour: str, weight: str = "normal") -> None:
        nonlocal y
        size, step, letters = _LINES[kind]
        for line in textwrap.wrap(text.replace(words.NBSP, " "), letters):
            y += step
            parts.append(
                f'<text x="{_MARGIN}" y="{y:g}" font-size="{size}" font-weight="{weight}"'
                f' fill="{colour}">{escape(line)}</text>'
            )

    write("unit", about, colours["--quiet"])
    write("heading", chart.finding, colours["--ink"], "bold")
    write("unit", chart.unit, colours["--quiet"])
    if chart.synthetic:
        write("unit", "Synthetic sample: hatched rows are invented.", colours["--ink"], "bold")
    y += 14
    parts.append(f'<g transform="translate({_MARGIN} {y:g})">{drawn}</g>')
    y += height + 4
    for note in chart.notes:
        write("source", note, colours["--quiet"])
    day = chart.day or f"As of {words.day(site.as_of)}."
    write("source", f"Source: {chart.source}. {day} Chokepoint, {site.release_name}.",
          colours["--quiet"])  # fmt: skip
    y += _MARGIN
    hatch = (
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="2.5" height="6"'
        f' fill="{colours["--hatch"]}"/></pattern></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:g}" height="{y:g}"'
        f' viewBox="0 0 {total:g} {y:g}" role="img" font-family="Helvetica, Arial, sans-serif">'
        f"<title>{escape(f'{about}: {chart.finding}')}</title>"
        f"<desc>{escape(chart.description)}</desc>{hatch}"
        f'<rect width="100%" height="100%" fill="{colours["--paper"]}"/>{"".join(parts)}</svg>\n'
    )


def _coloured(text: str, colours: dict[str, str]) -> str:
    return re.sub(r"var\((--[a-z-]+)\)", lambda found: colours[found[1]], text)


def _type(values: Sequence[Any]) -> str:
    """The Frictionless type of a column's values."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        ((int, float, decimal.Decimal), "number"),
        (dt.datetime, "datetime"),
        (dt.date, "date"),
        (str, "string"),
    )
    held = [value for value in values if value is not None]
    for kind, name in kinds if held else ():
        if all(isinstance(value, kind) for value in held):
            return name
    return "any"

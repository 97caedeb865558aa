"""Definitions: every metric with its formula and card, the dictionary and the glossary.

The cards are those of docs/methodology/: no raw HTML, links kept inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from chokepoint.site import sentences
from chokepoint.site.glossary import entries
from chokepoint.site.parts import Row, Table
from chokepoint.site.site import Page, Site

CARDS = Path("docs") / "methodology"
_RELATION = re.compile(r"\b(?:fct|rpt|dim|bridge|meta)_\w+")
_LINK = re.compile(r"(?P<name>[a-z0-9_]+)\.md(#[\w-]+)?")
_TABLE = (
    '<div class="scroll" tabindex="0" role="region" aria-label="Table: {title}"><table>'
    '<caption class="hidden">{title}</caption>'
)


def pages(site: Site) -> Iterator[Page]:
    """The list of metrics, the dictionary, the glossary, and a page for each definition card."""
    metrics = site.rows("definitions_metrics")
    columns = site.rows("definitions_columns")
    described = {(row["relation_name"], row["column_name"]): row["description"] for row in columns}
    tables = len({(row["schema_name"], row["relation_name"]) for row in columns})
    cards = {card.name: card for card in read_cards(site.settings.project_dir)}
    yield Page(
        "definitions.html",
        "definitions.html.j2",
        "Definitions",
        {
            "lead": sentences.say(
                "definitions.lead", metrics=metrics, columns=columns, tables=tables
            ),
            "metrics": [_metric(row, described, cards) for row in metrics],
            "calibration": site.table(
                "definitions.calibration", site.rows("definitions_calibration")
            ),
            "cards": [(f"definitions/{name}.html", card.title) for name, card in cards.items()],
            "empty": "There is nothing to show: the release defines no metric.",
        },
    )
    yield Page(
        "definitions/dictionary.html",
        "dictionary.html.j2",
        "Dictionary of all columns",
        {
            "lead": sentences.say("definitions.columns", columns=columns, tables=tables),
            "table": _dictionary(site, columns),
        },
    )
    glossary = entries(site.settings.project_dir)
    yield Page(
        "definitions/glossary.html",
        "glossary.html.j2",
        "Glossary",
        {
            "lead": f"{sum(map(len, glossary.values()))} words that these pages use, with one"
            " meaning each.",
            "parts_of_glossary": glossary,
        },
    )
    for name, card in cards.items():
        of_card = [row for row in metrics if _card_name(row, cards) == name]
        context = {"card": card, "metrics": of_card}
        yield Page(f"definitions/{name}.html", "card.html.j2", card.title, context)


def _metric(row: Row, described: dict, cards: dict[str, Card]) -> dict[str, Any]:
    name = _card_name(row, cards)
    relation = str(row["relation_name"]).rpartition(".")[2]
    return {
        **row,
        "card": f"definitions/{name}.html" if name in cards else None,
        "card_title": cards[name].title if name in cards else None,
        "described": described.get((relation, row["column_name"])),
    }


def _card_name(row: Row, cards: dict[str, Card]) -> str:
    """The card that the metric names, or else the one about its table."""
    named = PurePosixPath(str(row["source_section"] or "").partition("#")[0]).stem
    if named in cards:
        return named
    relation = str(row["relation_name"]).rpartition(".")[2]
    return next((name for name, card in cards.items() if relation in card.relations), "")


def _dictionary(site: Site, columns: Sequence[Row]) -> Table:
    rows = [
        {
            **row,
            "relation": f"{row['schema_name']}.{row['relation_name']}",
            "made_from": row.get("source") and f"From {row['source']}",
            "unit": row.get("unit"),
            "seen": row.get("observed_range") and f"In this release {row['observed_range']}",
        }
        for row in columns
    ]
    # A release that was made before these were recorded has none of them.
    recorded = {
        "value_range +seen = Held to": "value_range",
        "example = Example": "example",
        "since = Since": "since",
    }
    more = [f" | {told}" for told, key in recorded.items() if any(row.get(key) for row in rows)]
    return site.table(
        "definitions.dictionary",
        rows,
        more="".join(more),
        lower=lambda value: str(value or "").lower(),
    )


@dataclass(frozen=True)
class Card:
    """One card. `html` is escaped but for Markdown's own markup; `relations` are of its head."""

    name: str
    title: str
    html: str
    relations: frozenset[str]


def read_cards(project_dir: Path) -> list[Card]:
    """The cards, by name. A link to another card leads to its page; others become text."""
    from markdown_it import MarkdownIt

    paths = sorted((project_dir / CARDS).glob("*.md"))
    names = {path.stem for path in paths}
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    cards = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        first, _, rest = text.partition("\n")
        title = first.lstrip("# ").strip() or path.stem
        tokens = markdown.parse(rest)
        for token in tokens:
            _inside(token.children or [], names)
            if token.tag == "h1":
                token.tag = "h2"
        html = markdown.renderer.render(tokens, markdown.options, {})
        html = html.replace("<table>", _TABLE.format(title=escape(title)))
        html = html.replace("</table>", "</table></div>")
        named = frozenset(_RELATION.findall(rest.strip().partition("\n\n")[0]))
        cards.append(Card(path.stem, title, html, named))
    return cards


def _inside(tokens: list, names: set[str]) -> None:
    """Rewrite the links of one paragraph in place."""
    open_links: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrs.get("href", ""))
            found = _LINK.fullmatch(href)
            if found and found["name"] in names:
                token.attrs["href"] = f"{found['name']}.html"
            elif href.startswith(("https://", "http://")):
                token.attrs["rel"] = "noopener noreferrer"
            else:
                token.tag, token.attrs = "span", {}
            open_links.append(token.tag == "span")
        elif token.type == "link_close" and open_links.pop():
            token.tag = "span"

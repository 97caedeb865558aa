"""The definition cards of docs/methodology/ as pages: no raw HTML, links kept inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

FOLDER = Path("docs") / "methodology"
_RELATION = re.compile(r"\b(?:fct|rpt|dim|bridge|meta)_\w+")
_LINK = re.compile(r"(?P<name>[a-z0-9_]+)\.md(#[\w-]+)?")


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

    paths = sorted((project_dir / FOLDER).glob("*.md"))
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


_TABLE = (
    '<div class="scroll" tabindex="0" role="region" aria-label="Table: {title}"><table>'
    '<caption class="hidden">{title}</caption>'
)


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

"""The glossary: terms.csv with what doc blocks of models/docs.md say, for a page and for docs/."""

from __future__ import annotations

import re
from pathlib import Path

from chokepoint.errors import ChokepointError
from chokepoint.site import words

PAGE = Path("docs") / "using" / "glossary.md"
BLOCKS = Path("models") / "docs.md"
COMMAND = "make glossary"
_BLOCK = re.compile(r"\{% docs (\w+) %\}\s*(.*?)\s*\{% enddocs %\}", re.DOTALL)


def entries(project_dir: Path) -> dict[str, list[tuple[str, str]]]:
    """Heading -> (term, meaning) of each part, terms in the order of the alphabet.

    Raises ChokepointError where a term has neither a meaning nor a doc block.
    """
    blocks = dict(_BLOCK.findall((project_dir / BLOCKS).read_text(encoding="utf-8")))
    terms = []
    for key, (label, meaning) in words.TERMS.items():
        if not meaning and key not in blocks:
            raise ChokepointError(
                f"chokepoint/site/terms.csv: the term {key!r} has no meaning.",
                f"write one there, or a doc block {key} in {BLOCKS}.",
            )
        terms.append((label, meaning or blocks[key]))
    states = [
        (label, f"{words.sentence(meaning)}.")
        for key, (label, meaning) in words.STATES.items()
        if key != "not_covered"
    ]
    return {
        "States of a measure": states,
        "Labels of certainty": list(words.CERTAINTY.values()),
        "Terms": sorted(terms, key=lambda entry: entry[0].lower()),
    }


def markdown(project_dir: Path) -> str:
    """The page docs/using/glossary.md."""
    lines = [
        "# Glossary",
        "",
        f"Written by `{COMMAND}` from `chokepoint/site/terms.csv` and `{BLOCKS}`: change it there.",
        "Columns are described in `meta.dictionary` of the published file.",
    ]
    for heading, found in entries(project_dir).items():
        lines += ["", f"## {heading}", "", "| term | meaning |", "|---|---|"]
        lines += [f"| {label} | {meaning} |" for label, meaning in found]
    return "\n".join(lines) + "\n"

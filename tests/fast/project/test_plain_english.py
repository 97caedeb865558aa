"""What people read has no word of plain_english.csv and no sentence over 25 words.
plain_english_debt.csv allows some by file: it may shrink, and grows with a reason only."""

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import yaml

from chokepoint.settings import PROJECT_DIR
from chokepoint.site import glossary

HERE = Path(__file__).parent
MOST_WORDS = 25
# Abbreviations that every reader knows, and the name of a country.
KNOWN = {"BI", "CSV", "DR", "UTC"}


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


BANNED = [(re.compile(row["pattern"], re.IGNORECASE), row["instead"])
          for row in table("plain_english.csv")]  # fmt: skip
# A sentence may begin with the name of a column or with a value that it explains.
_ENDS = re.compile(r"(?<=[.!?])[\"')*]*\s+(?=[\"'(]?[A-Z0-9`*_]|[a-z]+_\w+ |[a-z]\w*:)")
# Of a template: programs, styles, comments and commands.
_NOT_SHOWN = (
    r"\{% set script %\}.*?\{% endset %\}|<style.*?</style>|<script.*?</script>"
    r"|\{#.*?#\}|\{%.*?%\}"
)
DEBT = {
    row["file"]: (int(row["banned_words"]), int(row["long_sentences"]))
    for row in table("plain_english_debt.csv")
}


def prose(markdown: str) -> Iterator[str]:
    """Paragraphs, list items and cells of a page, without code."""
    text = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^    .*$", "", text, flags=re.MULTILINE)
    for block in re.split(r"\n\s*\n|\n(?=- |\d+\. |#|\|)", text):
        cells = block.split("|") if block.startswith("|") else [block]
        yield from (" ".join(cell.split()).lstrip("-# ") for cell in cells)


def literals(source: str) -> Iterator[str]:
    """Texts of a Python file that hold words, but neither its docstrings nor SQL."""
    tree = ast.parse(source)
    parts = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(v.value) if isinstance(v, ast.Constant) else "12" for v in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in parts else node.value
        else:
            continue
        if " " in text and not re.match(r"\s*(select|with|from|create|insert)\b", text):
            yield text


def command_help(source: str) -> Iterator[str]:
    """Docstrings of commands: typer prints them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any("command" in ast.dump(d) for d in
                                                     node.decorator_list):  # fmt: skip
            yield ast.get_docstring(node) or ""


def said(template: str) -> Iterator[str]:
    """Texts of blocks of sentences: one a line, each branch and each column apart."""
    parts = (
        r"\{%-? (?:else|elif).*?%\}|(?m:^\w+:)|(?: \| )?\w[^\s\"]*(?:\"[^\"]*\")?(?: [>+!*]\w+)* = "
    )
    text = re.sub(parts, "\n", template)
    yield from re.sub(r"\{\{.*?\}\}", "12", re.sub(r"\{%.*?%\}", "", text)).splitlines()


def texts() -> Iterator[tuple[str, str]]:
    """(file, text) of all that is held to the rules."""
    for path in [PROJECT_DIR / "README.md", *(PROJECT_DIR / "docs" / "using").glob("*.md")]:
        for text in prose(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(PROJECT_DIR)), text
    for path in (PROJECT_DIR / "queries").glob("*.sql"):
        lines = path.read_text("utf-8").splitlines()
        head = [line[3:] for line in takewhile(lambda line: line.startswith("--"), lines)]
        notes = [line for line in head if not re.match(r"(short|first|known|found in):", line)]
        told = " ".join(line for line in notes if not line.startswith("param:"))
        yield str(path.relative_to(PROJECT_DIR)), re.sub(r"^A\d+: ", "", told)
        for line in notes:
            if line.startswith("param:"):
                yield str(path.relative_to(PROJECT_DIR)), line.partition("'")[2]
    for folder in ("cli", "site", "assistant"):
        for path in (PROJECT_DIR / "chokepoint" / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            for text in [*literals(source), *(command_help(source) if folder == "cli" else [])]:
                yield str(path.relative_to(PROJECT_DIR)), text
    for path in (PROJECT_DIR / "chokepoint" / "site" / "templates").glob("*.j2"):
        if path.name.endswith(".text.j2"):
            for text in said(path.read_text("utf-8")):
                yield str(path.relative_to(PROJECT_DIR)), text
            continue
        text = re.sub(_NOT_SHOWN, "\n", path.read_text("utf-8"), flags=re.DOTALL)
        text = re.sub(r"</?(?:strong|a|span|b)\b[^>]*>", "", text)
        for part in re.split(r"<[^>]*>|\n\s*\n", re.sub(r"\{\{.*?\}\}", "12", text)):
            yield str(path.relative_to(PROJECT_DIR)), " ".join(part.split())
    for file in ("chokepoint/site/terms.csv", "chokepoint/site/labels.csv"):
        for entry in csv.DictReader((PROJECT_DIR / file).open("r", newline="")):
            yield file, f"{entry['label']}. {entry.get('meaning', '')}"
    for folder in ("marts", "reports"):
        for path in (PROJECT_DIR / "models" / folder).rglob("*.yml"):
            for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
                described = [model, *model.get("columns", [])]
                for entry in described:
                    yield str(path.relative_to(PROJECT_DIR)), entry.get("description", "")
    for text in re.findall(
        r"{% docs \w+ %}\s*(.*?)\s*{% enddocs %}",
        (PROJECT_DIR / "models" / "docs.md").read_text(encoding="utf-8"),
        re.DOTALL,
    ):
        yield "models/docs.md", text


def banned(text: str) -> list[str]:
    plain = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)", "X", text)
    return [f"{found[0]!r} (write: {instead})" for pattern, instead in BANNED
            for found in pattern.finditer(plain)]  # fmt: skip


def long_sentences(text: str) -> list[str]:
    plain = re.sub(r"`[^`]*`", "X", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text))
    found = _ENDS.split(" ".join(plain.split()))
    return [sentence for sentence in found if len(sentence.split()) > MOST_WORDS]


@pytest.fixture(scope="module")
def faults():
    """file -> (banned words, long sentences), each with the text it is in."""
    found: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for file, text in texts():
        found[file][0].extend(f"{word} in: {text[:160]}" for word in banned(text))
        found[file][1].extend(long_sentences(text))
    return found


def test_what_people_read_has_no_banned_word_and_no_endless_sentence(faults):
    """What was written anew stays so: an allowance that is not needed is taken out."""
    wrong = {
        file: {"banned": faults[file][0], f"over {MOST_WORDS} words": faults[file][1],
               "allowed": DEBT.get(file, (0, 0))}
        for file in [*faults, *DEBT]
        if (len(faults[file][0]), len(faults[file][1])) != DEBT.get(file, (0, 0))
    }  # fmt: skip
    assert wrong == {}, "write it anew, shorter and without the word; no allowance grows"


def test_all_that_people_read_is_looked_at(faults):
    folders = {file.split("/")[0] for file in faults}
    assert {"README.md", "docs", "queries", "chokepoint", "models"} <= folders
    assert len(faults) > 150


@pytest.mark.parametrize(
    ("text", "words", "sentences"),
    [
        ("Two accounts stand side by side.", 1, 0), ("The sources do not tell.", 1, 0),
        ("It is 13.5 % of all.", 1, 0), ("It is 13.5\u00a0% of all.", 1, 0),
        ("It is 13.5% of all. `tell` is code, and so is `a % b`.", 0, 0),
        (" ".join(["word"] * 26) + ".", 0, 1), (" ".join(["word"] * 25) + ". Next.", 0, 0),
    ],
)  # fmt: skip
def test_the_rules_can_fail(text, words, sentences):
    assert len(banned(text)) == words
    assert len(long_sentences(text)) == sentences


def test_the_glossary_is_what_the_terms_make():
    written = (PROJECT_DIR / glossary.PAGE).read_text(encoding="utf-8")
    assert written == glossary.markdown(PROJECT_DIR), f"run `{glossary.COMMAND}` and commit it"


def test_every_abbreviation_of_the_site_is_in_the_glossary():
    """A reader of one page never meets letters that nobody explains."""
    page = (PROJECT_DIR / glossary.PAGE).read_text(encoding="utf-8")
    used = {
        word
        for file, text in texts()
        if file.startswith("chokepoint/site/")
        for word in re.findall(r"\b[A-Z]{2,}[A-Z0-9]*\b", re.sub(r"`[^`]*`", "", text))
    }
    assert {word for word in used if not re.search(rf"\b{word}\b", page)} <= KNOWN
    assert len(used) > 10


def test_every_term_has_one_meaning():
    rows = list(csv.DictReader((PROJECT_DIR / "chokepoint/site/terms.csv").open(newline="")))
    keys = [(row["kind"], row["key"]) for row in rows]
    assert len(keys) == len(set(keys))
    labels = [row["label"].lower() for row in rows if row["kind"] == "term"]
    assert len(labels) == len(set(labels))
    blocks = glossary.entries(PROJECT_DIR)
    assert sum(map(len, blocks.values())) == len(rows) - 1, "all but the state of what is not law"

"""How large a file, a function and a room may be. What is larger is listed with a reason."""

import ast
import csv
from collections import Counter
from pathlib import Path

from chokepoint.settings import PROJECT_DIR

MOST = {"file_lines": 500, "function_lines": 60, "function_parameters": 6, "room_modules": 12}

with Path(__file__).with_name("house_rule_exceptions.csv").open() as file:
    EXCEPTIONS = {(row["rule"], row["node"]) for row in csv.DictReader(file) if row["rule"] in MOST}


def too_large(texts):
    """(rule, name) -> size of what is too large, of files by their paths."""
    sizes = Counter()
    for path, text in texts.items():
        sizes["file_lines", path] = text.count("\n")
        room, _, module = path.rpartition("/")
        sizes["room_modules", room] += module not in ("__init__.py", "__main__.py")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name, of = f"{path}:{node.name}", node.args
                given = [one.arg for one in (*of.posonlyargs, *of.args, *of.kwonlyargs)]
                own = given[:1] in (["self"], ["cls"])
                for rule, size in (
                    ("function_lines", node.end_lineno - node.lineno + 1),
                    ("function_parameters", len(given) - own),
                ):
                    sizes[rule, name] = max(sizes[rule, name], size)
    return {key: size for key, size in sizes.items() if size > MOST[key[0]]}


def test_nothing_is_too_large_but_what_is_listed():
    paths = {
        path.relative_to(PROJECT_DIR).as_posix(): path
        for package in ("chokepoint", "expectations", "orchestration", "tools")
        for path in (PROJECT_DIR / package).rglob("*.py")
    }
    found = too_large({name: path.read_text(encoding="utf-8") for name, path in paths.items()})
    assert {key: size for key, size in found.items() if key not in EXCEPTIONS} == {}
    assert EXCEPTIONS - found.keys() == set(), "needed no more"
    assert len(EXCEPTIONS) <= 10

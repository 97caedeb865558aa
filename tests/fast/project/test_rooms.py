"""The rooms of the house: who may import whom, and who may read what (CONTRIBUTING.md)."""

import ast
import re
from functools import cache
from graphlib import TopologicalSorter

from chokepoint.settings import PROJECT_DIR

# Each room may import those before it and the modules at the root of the package; `warehouse`,
# `pipeline` and `cli` also `expectations`, whose suites they read or run.
ROOMS = (
    "landing", "warehouse", "releases", "pipeline", "reading", "spark", "site", "assistant",
    "cli",
)  # fmt: skip
FIXTURES = {path.stem for path in (PROJECT_DIR / "tests").glob("**/*.py")}
OURS = ("chokepoint", "orchestration", "expectations", "tools", "benchmarks", "notebooks")


def module_of(path):
    parts = path.relative_to(PROJECT_DIR).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {
    module_of(path): path for package in OURS for path in (PROJECT_DIR / package).rglob("*.py")
}


@cache
def modules():
    """Module -> its tree."""
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in PATHS.items()}


def imports_of(tree):
    """Full names of what a module imports, at its head, in its functions and for types alike."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports here are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def known_module(name):
    """The module of ours that a name is, or is in; None for anything else."""
    return next((part for part in (name, name.rpartition(".")[0]) if part in PATHS), None)


def room_of(module):
    package, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    return room if package == "chokepoint" and room in ROOMS else package


def faults_of(module, imported):
    """What is wrong with these imports of a module."""
    package, room = module.partition(".")[0], room_of(module)
    for name in sorted(imported):
        other = name.partition(".")[0]
        if other == "tests" or other in FIXTURES:
            yield f"{module} imports {name}: nothing outside tests/ reads tests/"
        if package in ("chokepoint", "expectations") and (
            other.startswith("dagster") or other == "orchestration"
        ):
            yield f"{module} imports {name}: the package knows nothing of Dagster"
        if package == "chokepoint" and other in ("tools", "benchmarks", "notebooks"):
            yield f"{module} imports {name}: it is for maintainers"
        if package == "expectations" and room_of(known_module(name) or name) in ROOMS[1:]:
            yield f"{module} imports {name}: expectations know what has landed only"
        if (
            other == "expectations"
            and room in ROOMS
            and room not in ("warehouse", "pipeline", "cli")
        ):
            yield f"{module} imports {name}: suites are read by warehouse and pipeline"
        if package == "chokepoint" and other == "chokepoint":
            above = room_of(known_module(name) or name)
            if (module, above) == ("chokepoint", "reading"):
                continue  # the door for who imports the package: `chokepoint.open`
            if above in ROOMS and (
                room not in ROOMS or ROOMS.index(above) > ROOMS.index(room)
            ):  # fmt: skip
                yield f"{module} imports {name}: rooms import downwards"


def test_modules_import_only_what_their_rooms_may():
    found = [
        fault for module, tree in modules().items() for fault in faults_of(module, imports_of(tree))
    ]
    assert found == []


def test_no_modules_import_each_other_in_a_circle():
    """Imports inside functions and for types count too: the circle is in the reader's head."""
    graph = {
        # What lies beside a benchmark is imported by its bare name.
        module: {
            found
            for name in imports_of(tree)
            for found in (known_module(name) or known_module(f"benchmarks.{name}"),)
            if found is not None and found != module
        }
        for module, tree in modules().items()
    }
    assert set(TopologicalSorter(graph).static_order()) == set(PATHS)


def test_nothing_outside_the_tests_names_a_path_of_theirs():
    """A text that begins as a path below tests/ is read; words about tests are prose."""
    named = sorted(
        (module, node.value)
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"^[./]*tests(/\S*)?$|read_\w+\('[^']*tests/", node.value)
    )
    # No data folder lies there; dbt reads its generic tests there; tools.faults runs tests.
    assert named == [
        ("chokepoint.settings", "tests"), ("chokepoint.warehouse.project", "tests/dbt"),
        ("tools.faults", "tests"), ("tools.faults", "tests/fast/"),
    ]  # fmt: skip


def test_modules_are_imported_by_name():
    """What is imported by a text is seen by no rule."""
    found = {
        module
        for module, tree in modules().items()
        if module.startswith(("chokepoint.", "expectations."))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__")
    }
    assert found == {"chokepoint.landing.registry"}


def test_orchestration_is_dagster_only():
    """Work that needs no Dagster belongs into the package."""
    for path in (PROJECT_DIR / "orchestration").rglob("*.py"):
        if path.name != "__init__.py":
            imported = imports_of(modules()[module_of(path)])
            assert any(name.startswith("dagster") for name in imported), path

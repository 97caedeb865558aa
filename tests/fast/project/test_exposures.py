"""Exposures say what leaves the house and what it reads; the files say whether that is so."""

import re

import pytest

from chokepoint.settings import PROJECT_DIR

RELATION = re.compile(r"\b(?:marts|reports|meta)\.[a-z][a-z0-9_]*")


@pytest.fixture(scope="module")
def exposures(manifest):
    return list(manifest["exposures"].values())


def named(exposure):
    """The paths that an exposure names: one, or a list; else the question of its name."""
    path = exposure["config"]["meta"].get("path", f"queries/{exposure['name']}.sql")
    return [path] if isinstance(path, str) else path


def files(exposure):
    """The files behind an exposure: of folders all that ask or draw."""
    paths = [PROJECT_DIR / path for path in named(exposure)]
    if paths[0].is_file():
        return paths
    return sorted(
        found for path in paths for found in path.rglob("*") if found.suffix in (".sql", ".json")
    )


def read_by(paths, relations):
    """Models that files name, comments of SQL apart."""
    found = set()
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        text = "\n".join(line for line in lines if not line.lstrip().startswith("--"))
        found |= {relations[name] for name in RELATION.findall(text) if name in relations}
    return found


def test_each_exposure_depends_on_what_its_files_read(manifest, exposures):
    relations = {
        f"{node['schema']}.{node['alias']}": unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }
    wrong = {}
    for exposure in exposures:
        declared = set(exposure["depends_on"]["nodes"])
        found = read_by(files(exposure), relations)
        if declared != found or not found:
            wrong[exposure["name"]] = {
                "not declared": sorted(found - declared),
                "not read": sorted(declared - found),
            }
    assert wrong == {}


def test_each_query_and_notebook_and_the_dashboard_are_exposures(exposures):
    declared = {path for exposure in exposures for path in named(exposure)}
    expected = {
        str(path.relative_to(PROJECT_DIR))
        for pattern in ("queries/**/*.sql", "notebooks/*.py", "notebooks/*.ipynb")
        for path in PROJECT_DIR.glob(pattern)
    }
    assert declared == expected | {"chokepoint/site"}
    assert all(exposure["description"] and exposure["owner"]["name"] for exposure in exposures)

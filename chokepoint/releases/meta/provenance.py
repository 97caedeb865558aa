"""Who made a release: the project's version and commit, and the versions of the tools."""

from __future__ import annotations

import platform
import subprocess
import tomllib
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from chokepoint.settings import Settings


def _git(settings: Settings, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(settings.project_dir), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def describe_build(settings: Settings, **facts: Any) -> dict[str, Any]:
    """The `release_info` of `build_candidate`, as this process knows it, beside these facts:

    seconds       wall seconds per stage before publishing, e.g. {"landing": 4.1, "dbt": 9.8}
    primary_keys  relation name -> key columns, for datapackage.json
    private_checks  checks and relations that may have read own rows; None means any
    columns       relation name -> column -> what the project declares of it
    stated        relation name -> column -> what its yml states of it
    aids          topics, examples and queries that help to find a relation (`finding.stated_aids`)
    inputs        rows of meta.inputs: what each relation is made from
    previous      name and DuckDB file of the last numbered release, None before the first
    identities    `schema.relation` -> identity in the ledger, where the warehouse is as it says

    Outside a git checkout (a downloaded archive) git_commit and git_dirty are None.
    """
    status = _git(settings, "status", "--porcelain")
    pyproject = settings.project_dir / "pyproject.toml"
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return {
        "built_at": datetime.now(UTC),
        "project_version": project["version"],
        "git_commit": _git(settings, "rev-parse", "HEAD"),
        "git_dirty": None if status is None else bool(status),
        "python_version": platform.python_version(),
        "duckdb_version": version("duckdb"),
        "dbt_version": version("dbt-core"),
        **facts,
    }

"""Who made a release: the project's version and commit, and the versions of the tools."""

from __future__ import annotations

import platform
import subprocess
import tomllib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from chokepoint.releases.meanings import Stated
from chokepoint.settings import Settings
from chokepoint.warehouse.column_facts import Declared


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


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


def describe_build(
    settings: Settings,
    *,
    seconds: dict[str, float] | None = None,
    primary_keys: dict[str, list[str]] | None = None,
    private_checks: Collection[str] | None = None,
    columns: Mapping[str, Mapping[str, Declared]] | None = None,
    stated: Mapping[str, Mapping[str, Stated]] | None = None,
    aids: Mapping[str, Any] | None = None,
    inputs: Sequence[Sequence[Any]] = (),
    previous: tuple[str, Path] | None = None,
    identities: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The `release_info` of `build_candidate`, as this process knows it.

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
        "duckdb_version": _version("duckdb"),
        "dbt_version": _version("dbt-core"),
        "seconds": dict(seconds or {}),
        "primary_keys": dict(primary_keys or {}),
        "private_checks": private_checks,
        "columns": {relation: dict(found) for relation, found in (columns or {}).items()},
        "stated": dict(stated or {}),
        "aids": dict(aids or {}),
        "inputs": inputs,
        "previous": previous,
        "identities": dict(identities or {}),
    }

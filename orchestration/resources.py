"""Dagster resources: the writer's lock, held from the first step of a run to the last, and dbt."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from dagster import ConfigurableResource, InitResourceContext
from dagster_dbt import DbtCliResource
from packaging.version import Version, parse
from pydantic import PrivateAttr

from orchestration.locks import writer_lock
from orchestration.settings import Settings

# Steps that write share this pool; dagster.yaml lets one run in it at a time. The lock is what
# protects the files, the pool makes the second run wait in the queue and not fail.
WRITER_POOL = "warehouse_writer"


class Writer(ConfigurableResource):
    """The right to write, and where to.

    In the in-process executor a resource lives as long as the run, so a build holds the lock from
    landing to release. The command line takes the same lock before it starts the run, which is
    free in one process.
    """

    purpose: str = "run from the web page"
    _settings: Settings = PrivateAttr()

    @property
    def settings(self) -> Settings:
        """Settings of this process, as the environment has them."""
        return self._settings

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Writer"]:
        self._settings = Settings.from_env()
        with writer_lock(self._settings, self.purpose):
            yield self


class Dbt(DbtCliResource):
    """dbt in a process of its own, without what the resource spends on features not used here.

    It asks `dbt --version` in another process (1.5 s) and sets up an adapter in this one (0.5 s)
    to fetch row counts and column types. Publishing reports the counts, the contracts the types.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return parse(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: object) -> None:
        return None


def dbt_resource(settings: Settings) -> Dbt:
    """dbt on this project; its process sees the same settings as this one."""
    os.environ.update(settings.environment())
    return Dbt(
        project_dir=str(settings.project_dir),
        profiles_dir=str(settings.project_dir),
        dbt_executable=_executable(),
    )


def _executable() -> str:
    """The `dbt` beside this Python, whatever is first in PATH."""
    return str(Path(sys.executable).with_name("dbt"))


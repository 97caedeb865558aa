"""Dagster resources: the writer's lock, held from the first step of a run to the last, and dbt."""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import ConfigurableResource, InitResourceContext
from dagster_dbt import DbtCliResource
from pydantic import PrivateAttr

from chokepoint.locks import writer_lock
from chokepoint.settings import PROJECT_DIR, Settings
from chokepoint.warehouse.project import dbt_command

# Steps that write share this pool; dagster.yaml lets one run in it at a time. The lock is what
# protects the files, the pool makes the second run wait in the queue and not fail.
WRITER_POOL = "warehouse_writer"

DBT = DbtCliResource(
    project_dir=PROJECT_DIR, profiles_dir=PROJECT_DIR, dbt_executable=dbt_command()[0]
)


class Writer(ConfigurableResource):
    """The right to write, and where to. In the in-process executor it lives as long as the run: a
    build holds the lock throughout."""

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

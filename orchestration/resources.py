"""Dagster resources: the writer's lock, held from the first step of a run to the last, and dbt."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from dagster import AssetExecutionContext, ConfigurableResource, InitResourceContext
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from packaging.version import parse
from pydantic import PrivateAttr

from chokepoint.locks import writer_lock
from chokepoint.settings import Settings
from chokepoint.warehouse.project import finish_manifest, start_worker
from chokepoint.warehouse.worker import Worker

# Steps that write share this pool; dagster.yaml lets one run in it at a time. The lock is what
# protects the files, the pool makes the second run wait in the queue and not fail.
WRITER_POOL = "warehouse_writer"


class Writer(ConfigurableResource):
    """The right to write, and where to.

    In the in-process executor a resource lives as long as the run, so a build holds the lock from
    landing to release.
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


class Dbt(ConfigurableResource):
    """dbt in a process that has read the project by the time it is needed.

    Used instead of DbtCliResource, which starts dbt when the models' turn comes, asks
    `dbt --version` in another process first (1.5 s) and sets up an adapter in this one (0.5 s)
    for row counts and column types, which publishing and the contracts report.
    """

    _settings: Settings = PrivateAttr()
    _worker: Worker | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["Dbt"]:
        self._settings = Settings.from_env()
        # dbt writes its manifest when it starts; two must not.
        with writer_lock(self._settings, "run from the web page"):
            self._worker = start_worker(self._settings)
            try:
                yield self
            finally:
                self._worker.close()

    @property
    def fingerprint(self) -> str:
        """Of the project files as dbt has read them."""
        assert self._worker is not None
        return self._worker.fingerprint

    def build(
        self,
        context: AssetExecutionContext,
        manifest: Mapping[str, Any],
        translator: DagsterDbtTranslator,
    ) -> DbtCliInvocation:
        """Start `dbt build` of what the run selects; `stream()` gives its events."""
        assert self._worker is not None
        finish_manifest(self._settings, self._worker)
        selection: list[str] = []
        environment: dict[str, str] = {}
        if context.is_subset:
            params = get_updated_cli_invocation_params_for_context(context, manifest, translator)
            selection = list(params.selection_args)
            if params.indirect_selection:
                environment["DBT_INDIRECT_SELECTION"] = params.indirect_selection
        self._worker.send(["build", *selection], environment)
        return DbtCliInvocation(
            process=self._worker.process,
            manifest=manifest,
            dagster_dbt_translator=translator,
            project_dir=self._settings.project_dir,
            target_path=self._settings.dbt_target_dir,
            raise_on_error=False,
            cli_version=parse(version("dbt-core")),
            context=context,
        )

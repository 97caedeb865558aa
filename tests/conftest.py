"""Fixtures shared by all tests: builds of the bundled data, made once per session."""

from __future__ import annotations

import datetime as dt
import gc
import importlib
import os
import shutil
from collections import defaultdict
from pathlib import Path

import odd_deliveries
import own_rows
import pytest
import yaml
from build_kit import Build, build_once, hand_parse, read_parsed, run_cli, write_small_deliveries
from filelock import FileLock
from measured import make_environment
from workers import arrange, workers_for

from chokepoint.landing import land
from chokepoint.settings import PROJECT_DIR, Settings

SHARED_DIR = PROJECT_DIR.parent / "shared"

# How long a file of the inbox that was written a moment ago is watched; cli_server.py has it too.
land._REST_SECONDS = 0.1
# The parser in C, for `yaml.safe_load` too: the one in Python takes ten times as long.
yaml.SafeLoader = yaml.CSafeLoader
# Nothing that importing and collecting make is garbage: looking for it costs a fifth of both.
gc.disable()


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers(config):
    return workers_for(config.args)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Skip tests that need ../shared where it is absent, unless it is required."""
    arrange(items)
    if not (SHARED_DIR.is_dir() or os.environ.get("CHOKEPOINT_REQUIRE_SHARED") == "1"):
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(pytest.mark.skip("there is no ../shared"))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory) -> Path:
    """A folder of this session that all workers see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def manifest(shared_folder) -> dict:
    """dbt's manifest with the SQL of all models and tests; nothing is compiled or built for it."""
    return read_parsed(shared_folder / "parsed")


@pytest.fixture(scope="session")
def full_build(shared_folder) -> Build:
    """The bundled data, built in an empty folder by `chokepoint build`; all workers read it, and
    who changes something copies it."""
    return build_once(shared_folder / "full", shared_folder / "parsed")


@pytest.fixture
def published(full_build):
    """A read-only connection to the published file of the bundled data."""
    connection = full_build.connect()
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def whole_site(full_build, shared_folder) -> Path:
    """The site of the bundled data, with pictures, addresses and SQL, as of 26 November 2026 on
    https://example.org/chokepoint; read it, or link it. Of charts of one kind two are drawn (`make
    torture`: all), and the second stands for the others."""
    from chokepoint.site import cite
    from chokepoint.site.builder import Edition, build_site

    drawn, draw = defaultdict(list), cite.pictures

    def few(site, chart, about):
        kind = f"{Path(chart.file).parent} {chart.spec.get('layer', chart.slug)}"
        kind = chart.file if "850511" in chart.file else kind
        if len(drawn[kind]) < 2 or "CHOKEPOINT_EXAMPLES" in os.environ:
            drawn[kind].append(draw(site, chart, about))
        return drawn[kind][-1]

    folder = shared_folder / "whole" / "site"
    with FileLock(shared_folder / "whole.lock"), pytest.MonkeyPatch.context() as patch:
        if not folder.exists():
            patch.setattr(cite, "pictures", few)
            # For people to look at: of the day of the release, which no page has to speak of.
            is_shown = "CHOKEPOINT_SCREENSHOTS" in os.environ
            day = dt.datetime.now(dt.UTC).date() if is_shown else dt.date(2026, 11, 26)
            address = "https://example.org/chokepoint/"
            settings = Settings(data_dir=full_build.data_dir)
            build_site(settings, Edition(day, folder, address=address))
    return folder


@pytest.fixture(scope="session")
def small_environment(shared_folder) -> dict[str, str]:
    """Environment of a run on small deliveries, in the caller's data folder, with one thread: two
    workers share two cores."""
    folder = shared_folder / "raw"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            write_small_deliveries(folder)
    return {
        "CHOKEPOINT_RAW_DIR": str(folder),
        "CHOKEPOINT_EXPECTATION_SCOPE": "fixture",
        "CHOKEPOINT_THREADS": "1",
    }


@pytest.fixture(scope="session")
def small_build(shared_folder, small_environment, tmp_path_factory) -> Build:
    """The small and the odd deliveries, built in a fresh folder, a copy a worker; who changes it
    puts it back."""
    made = build_once(
        shared_folder / "small", shared_folder / "parsed", odd_deliveries.deliver,
        **small_environment,
    )  # fmt: skip
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return made
    data_dir = tmp_path_factory.mktemp("small") / "data"
    return Build(shutil.copytree(made.data_dir, data_dir, symlinks=True), made.output)


@pytest.fixture(scope="session")
def own_build(small_build, small_environment, shared_folder) -> Build:
    """The small build, once for all workers (read or copy it), with own tables in its inbox, a
    firm's workbook imported and one file refused."""
    folder = shared_folder / "own"

    def deliver(inbox: Path) -> None:
        data_dir = inbox.parent
        shutil.copytree(small_build.data_dir, data_dir, symlinks=True)
        refused = str(own_rows.refused(folder / "refused"))
        assert run_cli("land", refused, data_dir=data_dir, **small_environment).returncode != 0
        own_rows.deliver(inbox)
        own_rows.import_workbook(data_dir)

    return build_once(folder, deliver=deliver, **small_environment)


@pytest.fixture(scope="session")
def old_python() -> Path:
    """Python of an environment with the old client, made at the first run and kept."""
    return make_environment("duckdb-1.4-client")


@pytest.fixture(scope="session")
def release_validators() -> Path:
    """Python of an environment with frictionless and cffconvert."""
    return make_environment("release-peer")


@pytest.fixture(scope="session")
def definitions(tmp_path_factory, shared_folder):
    """`orchestration.definitions:defs`, as `dagster dev` loads it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("definitions") / "data"
        hand_parse(shared_folder / "parsed", folder)
        patch.setenv("CHOKEPOINT_DATA_DIR", str(folder))
        return importlib.import_module("orchestration.definitions").defs()

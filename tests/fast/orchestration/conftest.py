"""The code location, loaded once on a throw-away data folder."""

import importlib

import pytest
from build_kit import hand_parse


@pytest.fixture(scope="session")
def definitions(tmp_path_factory, shared_folder):
    """`orchestration.definitions:defs`, as `dagster dev` loads it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("definitions") / "data"
        hand_parse(shared_folder / "parsed", folder)
        patch.setenv("CHOKEPOINT_DATA_DIR", str(folder))
        return importlib.import_module("orchestration.definitions").defs()


@pytest.fixture(scope="session")
def graph(definitions):
    """The asset graph."""
    return definitions.resolve_asset_graph()

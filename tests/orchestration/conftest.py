"""The code location, loaded once on a throw-away data folder."""

import os
import sys

import pytest


@pytest.fixture(scope="session")
def definitions(tmp_path_factory):
    """`orchestration.definitions:defs`, as `dagster dev` loads it."""
    if "orchestration.definitions" not in sys.modules:
        before = os.environ.get("CHOKEPOINT_DATA_DIR")
        os.environ["CHOKEPOINT_DATA_DIR"] = str(tmp_path_factory.mktemp("definitions") / "data")
        try:
            import orchestration.definitions
        finally:
            if before is None:
                del os.environ["CHOKEPOINT_DATA_DIR"]
            else:
                os.environ["CHOKEPOINT_DATA_DIR"] = before
    return sys.modules["orchestration.definitions"].defs


@pytest.fixture(scope="session")
def graph(definitions):
    """The asset graph."""
    return definitions.resolve_asset_graph()

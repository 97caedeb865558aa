"""The asset graph of the code location."""

import pytest


@pytest.fixture(scope="session")
def graph(definitions):
    """The asset graph."""
    return definitions.resolve_asset_graph()

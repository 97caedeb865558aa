"""What the tests of landing share."""

import pytest

from chokepoint.settings import Settings


@pytest.fixture
def settings(tmp_path):
    """One thread: for a few rows a second costs more than it gains."""
    return Settings(data_dir=tmp_path / "data", threads=1)

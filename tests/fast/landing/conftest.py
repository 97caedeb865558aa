"""What the tests of landing share."""

import pytest

from chokepoint.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "data")

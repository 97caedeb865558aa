"""What the tests of releases share."""

import publishing_warehouse as kit
import pytest


@pytest.fixture
def settings(tmp_path):
    return kit.make_settings(tmp_path)

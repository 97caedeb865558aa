"""What many tests of the built models share."""

import pytest


@pytest.fixture(scope="module")
def connection(full_build):
    """The published file; unlike `published` it stays open for all tests of a file."""
    with full_build.connect() as opened:
        yield opened

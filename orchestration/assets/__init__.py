"""The assets, layer by layer. They are thin: the work is in the pure modules they call."""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import Failure

from chokepoint.errors import ChokepointError

OWNERS = ["team:data-engineering"]


@contextmanager
def told_mistakes() -> Iterator[None]:
    """A user's mistake as Dagster shows it: the message, no retry."""
    try:
        yield
    except ChokepointError as error:
        raise Failure(description=str(error), allow_retries=False) from error

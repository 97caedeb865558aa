"""The assets, layer by layer. They are thin: the work is in the pure modules they call."""

from dagster import Failure

from chokepoint.errors import ChokepointError

OWNERS = ["team:data-engineering"]


def failure(error: ChokepointError) -> Failure:
    """A user's mistake as Dagster shows it: the message, no retry."""
    return Failure(description=str(error), allow_retries=False)

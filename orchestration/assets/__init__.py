"""The assets, layer by layer. They are thin: the work is in the pure modules they call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster import Failure

from chokepoint.errors import ChokepointError

OWNERS = ["team:data-engineering"]


def of_group(group: str, *kinds: str) -> dict[str, Any]:
    """What each asset of a group says of itself."""
    return {
        "group_name": group, "owners": OWNERS, "kinds": set(kinds), "tags": {"layer": group},
    }  # fmt: skip


@contextmanager
def told_mistakes() -> Iterator[None]:
    """A user's mistake as Dagster shows it: the message, no retry."""
    try:
        yield
    except ChokepointError as error:
        raise Failure(description=str(error), allow_retries=False) from error

"""Errors that are the user's to mend: they say what, where and what to do, without traceback."""

from __future__ import annotations


class ChokepointError(Exception):
    """A failure with a remedy. `str()` is the whole message shown to the user.

    what    what went wrong, naming file, line, column and value where they exist
    remedy  what the user can do about it
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}\n  What to do: {remedy}")
        self.what = what
        self.remedy = remedy

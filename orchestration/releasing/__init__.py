"""Numbered releases: a published build with a version, notes and a citation, kept for good."""

from orchestration.releasing.differences import differences
from orchestration.releasing.numbered import (
    NumberedRelease,
    find_numbered,
    latest_file,
    latest_numbered,
    list_numbered,
    make_numbered,
)

__all__ = [
    "NumberedRelease",
    "differences",
    "find_numbered",
    "latest_file",
    "latest_numbered",
    "list_numbered",
    "make_numbered",
]

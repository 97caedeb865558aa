"""Publishing: the finished warehouse becomes the file that people open."""

from orchestration.publishing.candidate import (
    Candidate,
    build_candidate,
    discard,
    load_candidate,
)
from orchestration.publishing.private_copy import (
    PrivateCopy,
    connect_private,
    find_private_copy,
)
from orchestration.publishing.provenance import describe_build
from orchestration.publishing.releases import (
    Release,
    activate,
    current_release,
    finish_activation,
    finish_release,
    list_releases,
    prune,
    rollback,
    verify_checksums,
)

__all__ = [
    "Candidate",
    "PrivateCopy",
    "Release",
    "activate",
    "build_candidate",
    "connect_private",
    "current_release",
    "describe_build",
    "discard",
    "find_private_copy",
    "finish_activation",
    "finish_release",
    "list_releases",
    "load_candidate",
    "prune",
    "rollback",
    "verify_checksums",
]

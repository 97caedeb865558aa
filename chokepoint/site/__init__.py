"""The static site and the single plots: pages and pictures made from the published file."""

from orchestration.dashboard.site import Built, build_site

__all__ = ["Built", "build_site"]

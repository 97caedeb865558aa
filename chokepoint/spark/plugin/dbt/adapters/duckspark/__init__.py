"""Where dbt looks for the adapter that profiles.yml names; chokepoint/spark has it."""

from chokepoint.spark.adapter import Plugin

__all__ = ["Plugin"]

"""Where dbt looks for the adapter that profiles.yml names; orchestration/engines/spark has it."""

from orchestration.engines.spark.adapter import Plugin

__all__ = ["Plugin"]
